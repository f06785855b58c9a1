//! Whether anybody asks anything on a connection: one that is only held open has its place taken away. The HTTP library's
//! own limit does not hold before it knows the version, nor for HTTP/2.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::limits::HEAD_TIME;

/// The requests of one connection.
#[derive(Default)]
pub struct Attendance {
    running: AtomicUsize,
    changed: Notify,
}

/// A request that is being answered.
pub struct Asking(Arc<Attendance>);

impl Attendance {
    pub fn asks(self: &Arc<Self>) -> Asking {
        self.running.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_one();
        Asking(self.clone())
    }

    /// Resolves when no request has been under way for as long as a client may take for a request's head.
    pub async fn is_over(&self) {
        loop {
            let changed = self.changed.notified();
            if self.running.load(Ordering::Acquire) > 0 {
                changed.await;
            } else if tokio::time::timeout(HEAD_TIME, changed).await.is_err() {
                return;
            }
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_over_when_nobody_has_asked_for_a_while() {
        let attendance = Arc::new(Attendance::default());
        let (began, over) = (tokio::time::Instant::now(), attendance.clone());
        let over = tokio::spawn(async move { over.is_over().await });
        tokio::time::sleep(HEAD_TIME / 2).await;
        let asking = attendance.asks();
        tokio::time::sleep(HEAD_TIME * 3).await;
        drop(asking);
        over.await.unwrap();
        assert_eq!(began.elapsed().as_secs(), (HEAD_TIME / 2 + HEAD_TIME * 4).as_secs());
        let silent = Attendance::default();
        assert!(tokio::time::timeout(HEAD_TIME + Duration::from_secs(1), silent.is_over()).await.is_ok());
    }
}
