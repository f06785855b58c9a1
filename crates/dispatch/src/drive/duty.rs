//! What is due by the clock: idle instances end when their time is over, others are started ahead of a call.

use std::sync::Arc;

use sandbox::StartError;

use model::Time;

use super::{Dispatch, LOOK, State};
use crate::fleet::InstanceId;
use crate::habits::Ahead;
use crate::place;

impl Dispatch {
    /// Asleep while nothing is due.
    pub(super) async fn do_duty(&self) {
        loop {
            let next = {
                let mut state = self.state();
                state.duty = place::next_due(&state.fleet).into_iter().chain(state.next_top_up()).min();
                state.duty
            };
            match next {
                None => self.0.sooner.notified().await,
                Some(time) => tokio::select! {
                    () = self.0.clock.sleep_until(time) => {}
                    () = self.0.sooner.notified() => {}
                },
            }
            self.end_idle();
            self.top_up();
            self.start_ahead();
        }
    }

    fn end_idle(&self) {
        let ended = {
            let mut state = self.state();
            let now = self.0.clock.now();
            let mut over = place::due(&state.fleet, now);
            over.retain(|id| !state.stays(*id, now));
            state.remove(&over)
        };
        if !ended.is_empty() {
            drop(ended);
            self.use_room();
        }
    }

    fn start_ahead(&self) {
        let now = self.0.clock.now();
        let mut state = self.state();
        if state.stopping {
            return;
        }
        for ahead in state.fleet.take_ahead(now) {
            if place::has_room_ahead(&state.fleet, &ahead.launch, &self.0.settings) {
                let id = state.fleet.begin_ahead(&ahead.launch, ahead.until, now);
                let dispatch = self.clone();
                self.0.tasks.work("start ahead", async move { dispatch.make_ready(id, &ahead).await });
            }
        }
    }

    async fn make_ready(&self, id: InstanceId, ahead: &Ahead) {
        match self.0.engine.start(Arc::clone(&ahead.launch)).await {
            Ok(mut instance) => {
                if let Err(error) = instance.ready().await {
                    tracing::warn!(function = %ahead.launch.function, %error, "an instance is not ready ahead of its call");
                }
                self.give_back(id, instance);
            }
            Err(error) => {
                self.end(id);
                // The function's own doing is told to who calls it.
                if let StartError::Internal(error) = error {
                    tracing::warn!(function = %ahead.launch.function, %error, "no instance ahead of a call");
                }
            }
        }
    }
}

impl State {
    /// Whether an instance whose time is over is held all the same: then it is looked at again later.
    fn stays(&mut self, id: InstanceId, now: Time) -> bool {
        let is_alive = self.idle.get(&id).is_some_and(|instance| instance.is_alive());
        is_alive && self.fleet.stay(id, now + LOOK)
    }
}
