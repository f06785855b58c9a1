//! A call's way: admitted, given an instance at once or when its turn comes, run, and its instance kept or ended.

use std::sync::Arc;

use model::Time;
use sandbox::{Answer, Ended, Instance, Launch, StartError, Work};
use tokio::sync::oneshot;

use super::{Dispatch, Refused, State, Step, THROTTLED};
use crate::fleet::InstanceId;
use crate::place::{self, Placement};

/// Where a call stands after it was looked at.
enum Stand {
    Goes(Step),
    Waits { ticket: u64, told: oneshot::Receiver<Step>, until: Time },
}

/// Instances that were ended to make room: dropped outside the lock, as ending one is not free.
type Evicted = Vec<Box<dyn Instance>>;

impl Dispatch {
    pub(super) async fn carry(&self, launch: Arc<Launch>, work: Work) -> Result<Ended, Refused> {
        let step = match self.enlist(&launch) {
            Stand::Goes(step) => step,
            Stand::Waits { ticket, told, until } => self.wait_for_turn(&launch, ticket, told, until).await,
        };
        match step {
            Step::Use(id, instance) => self.invoke(id, instance, work).await,
            Step::Start(id) => self.start(id, launch, work).await,
            Step::Refuse(refused) => Err(refused),
        }
    }

    /// Nobody goes past those who wait.
    fn enlist(&self, launch: &Arc<Launch>) -> Stand {
        let (now, settings) = (self.0.clock.now(), &self.0.settings);
        let mut evicted = Evicted::new();
        let mut state = self.state();
        if state.stopping {
            return Stand::Goes(Step::Refuse(THROTTLED));
        }
        let most = settings.account_concurrency;
        if let Err(reason) = state.reserved.admit(&launch.account, &launch.function, &*state, most) {
            return Stand::Goes(Step::Refuse(Refused::Throttled { reason }));
        }
        if state.waiting.is_empty()
            && let Some(step) = self.decide(&mut state, launch, now, &mut evicted)
        {
            drop(state);
            return Stand::Goes(step);
        }
        if state.waiting.len() >= settings.queue {
            return Stand::Goes(Step::Refuse(THROTTLED));
        }
        let (tell, told) = oneshot::channel();
        let ticket = state.waiting.join(Arc::clone(launch), now + settings.patience / 2, tell);
        self.take_turns(&mut state, now, &mut evicted);
        drop(state);
        Stand::Waits { ticket, told, until: now + settings.patience }
    }

    async fn wait_for_turn(
        &self,
        launch: &Launch,
        ticket: u64,
        mut told: oneshot::Receiver<Step>,
        until: Time,
    ) -> Step {
        tokio::select! {
            step = &mut told => return step.unwrap_or(Step::Refuse(THROTTLED)),
            () = self.0.clock.sleep_until(until) => {}
        }
        let left = self.state().waiting.take(&launch.function, ticket);
        match left {
            Some(_) => Step::Refuse(THROTTLED),
            // Its turn came at the last moment.
            None => told.await.unwrap_or(Step::Refuse(THROTTLED)),
        }
    }

    /// What a call does now; `None` when there is no room for it.
    fn decide(
        &self,
        state: &mut State,
        launch: &Arc<Launch>,
        now: Time,
        evicted: &mut Evicted,
    ) -> Option<Step> {
        loop {
            match place::place(&state.fleet, launch, &self.0.settings, now) {
                Placement::Throttle => return Some(Step::Refuse(THROTTLED)),
                Placement::Wait => return None,
                Placement::Reuse(id) => match state.idle.remove(&id) {
                    Some(instance) if instance.is_alive() => {
                        state.fleet.take(id, now);
                        return Some(Step::Use(id, instance));
                    }
                    // It came to its end while it waited: as its credentials did.
                    dead => {
                        evicted.extend(dead);
                        state.fleet.end(id);
                    }
                },
                Placement::Start { evict } => {
                    evicted.extend(state.remove(&evict));
                    let id = state.fleet.begin(launch, now);
                    if state.entered.get(&launch.key).is_some_and(|under_way| under_way.retired) {
                        state.fleet.retire(&launch.key);
                    }
                    return Some(Step::Start(id));
                }
            }
        }
    }

    /// Room was made: gives it to those whose turn it is.
    pub(super) fn use_room(&self) {
        let mut evicted = Evicted::new();
        {
            let mut state = self.state();
            self.take_turns(&mut state, self.0.clock.now(), &mut evicted);
        }
        self.0.quiet.notify_waiters();
    }

    fn take_turns(&self, state: &mut State, now: Time, evicted: &mut Evicted) {
        while !state.waiting.is_empty() && self.take_one_turn(state, now, evicted) {}
    }

    /// `false` when nobody who waits can go now.
    fn take_one_turn(&self, state: &mut State, now: Time, evicted: &mut Evicted) -> bool {
        for function in state.waiting.turns(&state.fleet) {
            let Some(launch) = state.waiting.first(&function).map(|first| Arc::clone(&first.launch)) else {
                continue;
            };
            match self.decide(state, &launch, now, evicted) {
                Some(step) => {
                    if let Some(waiting) = state.waiting.take_first(&function) {
                        // Who waits takes itself out before it goes.
                        let _ = waiting.tell.send(step);
                    }
                    return true;
                }
                None => {
                    let settings = &self.0.settings;
                    let wanted = place::wanted(&launch, settings);
                    if state.waiting.insists(&function, wanted, settings.memory_budget, now) {
                        return false;
                    }
                }
            }
        }
        false
    }

    async fn start(&self, id: InstanceId, launch: Arc<Launch>, work: Work) -> Result<Ended, Refused> {
        let log_stream = String::new();
        match self.0.engine.start(launch).await {
            Ok(instance) => self.invoke(id, instance, work).await,
            Err(error) => {
                self.end(id);
                match error {
                    StartError::Function(error, usage) => {
                        let answer = Answer::Failed(error);
                        Ok(Ended { answer, usage: *usage, log_tail: Default::default(), log_stream })
                    }
                    StartError::Internal(internal) => Err(Refused::Internal(internal)),
                }
            }
        }
    }

    async fn invoke(
        &self,
        id: InstanceId,
        mut instance: Box<dyn Instance>,
        work: Work,
    ) -> Result<Ended, Refused> {
        let ended = instance.invoke(work).await.map_err(Refused::Internal);
        self.give_back(id, instance);
        ended
    }

    /// It has done what it was started or taken for.
    pub(super) fn give_back(&self, id: InstanceId, instance: Box<dyn Instance>) {
        if !instance.is_alive() {
            drop(instance);
            return self.end(id);
        }
        let (memory, now, worth) = (instance.memory(), self.0.clock.now(), self.0.settings.keep_idle);
        let mut state = self.state();
        if state.stopping || !state.fleet.give_back(id, now, memory, worth) {
            drop(state);
            drop(instance);
            return self.end(id);
        }
        state.idle.insert(id, instance);
        let is_sooner =
            place::next_due(&state.fleet).is_some_and(|due| state.duty.is_none_or(|planned| due < planned));
        drop(state);
        if is_sooner {
            self.0.sooner.notify_one();
        }
        self.use_room();
    }

    pub(super) fn end(&self, id: InstanceId) {
        self.state().fleet.end(id);
        self.use_room();
        self.top_up();
    }
}
