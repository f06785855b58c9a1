//! Carries the decisions out: holds the instances, starts them, gives them calls, waits for room, ends them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Internal, Time};
use sandbox::{Answer, Ended, Engine, Instance, Launch, LaunchKey, StartError, Work};
use tasks::{Clock, Tasks};
use tokio::sync::{Notify, oneshot};

use crate::Settings;
use crate::fleet::{Fleet, InstanceId, InstanceStatus};
use crate::place::{self, Placement};

/// Runs calls on this machine. Clones are the same dispatch.
#[derive(Clone)]
pub struct Dispatch(Arc<Shared>);

/// A call that did not reach an instance.
#[derive(Debug)]
pub enum Refused {
    /// With the reason as Lambda names it in `TooManyRequestsException`.
    Throttled {
        reason: &'static str,
    },
    Internal(Internal),
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Throttled { reason } => write!(formatter, "throttled: {reason}"),
            Self::Internal(internal) => internal.fmt(formatter),
        }
    }
}

impl std::error::Error for Refused {}

const CONCURRENCY: &str = "ConcurrentInvocationLimitExceeded";

struct Shared {
    settings: Settings,
    clock: Clock,
    tasks: Tasks,
    engine: Arc<dyn Engine>,
    state: Mutex<State>,
    /// Room was made: a call ended, or an instance.
    room: Notify,
    /// An instance became idle whose time is over before that of all others: the retirement waits for another time.
    idle: Notify,
    /// A call ended, or an instance.
    quiet: Notify,
}

/// Somebody may start instances of a key: until this is dropped, or the call that it became has ended, `gone` waits.
pub struct Entered {
    dispatch: Dispatch,
    key: LaunchKey,
}

#[derive(Default)]
struct UnderWay {
    calls: usize,
    /// The key was retired meanwhile: what is started for these calls is for one call.
    retired: bool,
}

#[derive(Default)]
struct State {
    fleet: Fleet,
    /// The keys of calls that are under way.
    entered: HashMap<LaunchKey, UnderWay>,
    /// Those that wait for work.
    idle: HashMap<InstanceId, Box<dyn Instance>>,
    waiting: usize,
    /// When idle instances are looked at next. Later ends than this need nobody to be woken.
    retirement: Option<Time>,
    stopping: bool,
}

/// What to do next for a call.
enum Step {
    Use(InstanceId, Box<dyn Instance>),
    Start(InstanceId),
    Wait,
    Refuse(Refused),
}

impl Dispatch {
    pub fn new(settings: Settings, clock: Clock, tasks: Tasks, engine: Arc<dyn Engine>) -> Self {
        let dispatch = Self(Arc::new(Shared {
            settings,
            clock,
            tasks: tasks.clone(),
            engine,
            state: Mutex::default(),
            room: Notify::new(),
            idle: Notify::new(),
            quiet: Notify::new(),
        }));
        let retiring = dispatch.clone();
        tasks.wait("retirement", async move { retiring.retire_idle().await });
        dispatch
    }

    /// The first step of a call. Whoever makes sure only afterwards that the key still stands for what is to run can
    /// be sure that nobody takes it away meanwhile.
    pub fn enter(&self, key: LaunchKey) -> Entered {
        self.state().entered.entry(key.clone()).or_default().calls += 1;
        Entered { dispatch: self.clone(), key }
    }

    /// No instance of that key is handed out any more: idle ones end now, busy ones with their calls.
    pub async fn retire(&self, key: &LaunchKey) {
        let ended = {
            let mut state = self.state();
            if let Some(under_way) = state.entered.get_mut(key) {
                under_way.retired = true;
            }
            let ids = state.fleet.retire(key);
            state.remove(&ids)
        };
        // Outside the lock: ending an instance is not free.
        drop(ended);
        self.tell_room();
    }

    /// Waits until the last instance of that key has ended, and the last call that could start one: what they were
    /// started from may be taken away.
    pub async fn gone(&self, key: &LaunchKey) {
        loop {
            let quiet = self.0.quiet.notified();
            tokio::pin!(quiet);
            quiet.as_mut().enable();
            let awaited = {
                let state = self.state();
                state.fleet.has(key) || state.entered.contains_key(key)
            };
            if !awaited {
                return;
            }
            quiet.await;
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Every instance, oldest first.
    pub fn fleet(&self) -> Vec<InstanceStatus> {
        self.state().fleet.status()
    }

    /// Takes no more calls, waits for the running ones as long as the settings say, and ends all idle instances.
    pub async fn stop(&self) {
        self.state().stopping = true;
        self.0.room.notify_waiters();
        let until = self.0.clock.now() + self.0.settings.drain;
        loop {
            let quiet = self.0.quiet.notified();
            tokio::pin!(quiet);
            quiet.as_mut().enable();
            if self.state().fleet.busy() == 0 {
                break;
            }
            tokio::select! {
                () = quiet => {}
                () = self.0.clock.sleep_until(until) => break,
            }
        }
        let idle = std::mem::take(&mut self.state().idle);
        drop(idle);
    }

    async fn carry(&self, launch: Arc<Launch>, work: Work) -> Result<Ended, Refused> {
        let until = self.0.clock.now() + self.0.settings.patience;
        loop {
            let room = self.0.room.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            match self.decide(&launch) {
                Step::Use(id, instance) => return self.invoke(id, instance, work).await,
                Step::Start(id) => return self.start(id, launch, work).await,
                Step::Refuse(refused) => return Err(refused),
                Step::Wait => self.wait_for_room(room, until).await?,
            }
        }
    }

    fn decide(&self, launch: &Launch) -> Step {
        let now = self.0.clock.now();
        let mut state = self.state();
        if state.stopping {
            return Step::Refuse(Refused::Throttled { reason: CONCURRENCY });
        }
        loop {
            match place::place(&state.fleet, launch, &self.0.settings, now) {
                Placement::Throttle => return Step::Refuse(Refused::Throttled { reason: CONCURRENCY }),
                Placement::Wait => return Step::Wait,
                Placement::Reuse(id) => match state.idle.remove(&id) {
                    Some(instance) if instance.is_alive() => {
                        state.fleet.take(id, now);
                        return Step::Use(id, instance);
                    }
                    // It came to its end while it waited: as its credentials did.
                    _ => state.fleet.end(id),
                },
                Placement::Start { evict } => {
                    let evicted = state.remove(&evict);
                    let id = state.fleet.begin(launch, now);
                    if state.entered.get(&launch.key).is_some_and(|under_way| under_way.retired) {
                        state.fleet.retire(&launch.key);
                    }
                    drop(state);
                    drop(evicted);
                    return Step::Start(id);
                }
            }
        }
    }

    async fn wait_for_room(&self, room: impl Future<Output = ()>, until: Time) -> Result<(), Refused> {
        {
            let mut state = self.state();
            if state.waiting >= self.0.settings.queue {
                return Err(Refused::Throttled { reason: CONCURRENCY });
            }
            state.waiting += 1;
        }
        let outcome = tokio::select! {
            () = room => Ok(()),
            () = self.0.clock.sleep_until(until) => Err(Refused::Throttled { reason: CONCURRENCY }),
        };
        self.state().waiting -= 1;
        outcome
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
        if instance.is_alive() {
            self.keep(id, instance);
        } else {
            drop(instance);
            self.end(id);
        }
        ended
    }

    fn keep(&self, id: InstanceId, instance: Box<dyn Instance>) {
        let (memory, now, worth) = (instance.memory(), self.0.clock.now(), self.0.settings.keep_idle);
        let mut state = self.state();
        if state.fleet.give_back(id, now, memory, worth) && !state.stopping {
            state.idle.insert(id, instance);
            let is_earlier = place::next_due(&state.fleet)
                .is_some_and(|end| state.retirement.is_none_or(|planned| end < planned));
            drop(state);
            if is_earlier {
                self.0.idle.notify_one();
            }
            self.tell_room();
        } else {
            drop(state);
            drop(instance);
            self.end(id);
        }
    }

    fn end(&self, id: InstanceId) {
        self.state().fleet.end(id);
        self.tell_room();
    }

    fn tell_room(&self) {
        self.0.room.notify_waiters();
        self.0.quiet.notify_waiters();
    }

    /// Ends idle instances when their time is over; asleep while there is none.
    async fn retire_idle(&self) {
        loop {
            let next = {
                let mut state = self.state();
                state.retirement = place::next_due(&state.fleet);
                state.retirement
            };
            match next {
                None => self.0.idle.notified().await,
                Some(time) => tokio::select! {
                    () = self.0.clock.sleep_until(time) => {}
                    () = self.0.idle.notified() => {}
                },
            }
            let ended = {
                let mut state = self.state();
                let ids = place::due(&state.fleet, self.0.clock.now());
                state.remove(&ids)
            };
            if !ended.is_empty() {
                drop(ended);
                self.tell_room();
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entered {
    /// Runs one call of the key that was entered: in a warm instance, or in a new one. The call goes on to its end when
    /// this future is dropped.
    ///
    /// # Errors
    /// Throttled at the account's limit, or at the machine's after waiting for room; internal when no instance could
    /// be started or asked.
    pub async fn run(self, launch: Arc<Launch>, work: Work) -> Result<Ended, Refused> {
        let (telling, told) = oneshot::channel();
        let tasks = self.dispatch.0.tasks.clone();
        tasks.work("invocation", async move {
            // Nobody may be waiting any more.
            let _ = telling.send(self.dispatch.carry(launch, work).await);
        });
        told.await.unwrap_or_else(|_| Err(Refused::Internal(Internal::new("a call's task was lost"))))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut state = self.dispatch.state();
        match state.entered.get_mut(&self.key) {
            Some(under_way) if under_way.calls > 1 => under_way.calls -= 1,
            _ => drop(state.entered.remove(&self.key)),
        }
        drop(state);
        self.dispatch.0.quiet.notify_waiters();
    }
}

impl State {
    /// Takes these instances out; the caller drops them.
    fn remove(&mut self, ids: &[InstanceId]) -> Vec<Box<dyn Instance>> {
        ids.iter().for_each(|id| self.fleet.end(*id));
        ids.iter().filter_map(|id| self.idle.remove(id)).collect()
    }
}

#[cfg(test)]
mod tests;
