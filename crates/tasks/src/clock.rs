//! The clock: the system's, or one that a test moves by hand.

use std::sync::Arc;
use std::time::Duration;

use model::Time;
use tokio::sync::watch;

/// Tells the time and waits for it. Clones share the same clock.
#[derive(Clone)]
pub struct Clock(Kind);

#[derive(Clone)]
enum Kind {
    System,
    Manual(Arc<watch::Sender<Time>>),
}

impl Clock {
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands at `start` until somebody moves it.
    pub fn manual(start: Time) -> Self {
        Self(Kind::Manual(Arc::new(watch::Sender::new(start))))
    }

    pub fn now(&self) -> Time {
        match &self.0 {
            Kind::System => Time::now(),
            Kind::Manual(time) => *time.borrow(),
        }
    }

    /// Waits until `time`; at once when it has passed. May be dropped at any moment.
    pub async fn sleep_until(&self, time: Time) {
        match &self.0 {
            Kind::System => tokio::time::sleep(time.since(Time::now())).await,
            Kind::Manual(now) => {
                let mut now = now.subscribe();
                // The sender lives in `self`, so the wait cannot fail.
                let _ = now.wait_for(|now| *now >= time).await;
            }
        }
    }

    /// Moves a manual clock forward; does nothing to the system's.
    pub fn advance(&self, by: Duration) {
        if let Kind::Manual(time) = &self.0 {
            time.send_modify(|time| *time = *time + by);
        }
    }

    /// Moves a manual clock to any time, also back, as clocks of machines are moved; does nothing to the system's.
    pub fn set(&self, to: Time) {
        if let Kind::Manual(time) = &self.0 {
            time.send_replace(to);
        }
    }
}
