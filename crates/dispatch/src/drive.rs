//! Carries the decisions out: holds the instances, starts them, gives them calls, waits for room, ends them.

mod carry;
mod duty;
mod provide;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{AccountId, Arn, Internal, Time};
use sandbox::{Ended, Engine, FunctionError, Instance, Launch, LaunchKey, SlowStart, StartError, Work};
use tasks::{Clock, Tasks};
use tokio::sync::{Notify, oneshot};

use crate::Settings;
use crate::fleet::{Fleet, InstanceId, InstanceStatus};
use crate::queue::Queue;
use crate::reserve::{AT_ACCOUNT, Calls, Reserved};
use provide::{LOOK, Provision};

pub use provide::Provided;

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

const THROTTLED: Refused = Refused::Throttled { reason: AT_ACCOUNT };

struct Shared {
    settings: Settings,
    clock: Clock,
    tasks: Tasks,
    engine: Arc<dyn Engine>,
    state: Mutex<State>,
    /// Something is due before all that was: the duty waits for another time.
    sooner: Notify,
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
    waiting: Queue<oneshot::Sender<Step>>,
    reserved: Reserved,
    /// What is held initialised.
    provisions: HashMap<LaunchKey, Provision>,
    /// When idle instances are looked at next. What is due later needs nobody to be woken.
    duty: Option<Time>,
    stopping: bool,
}

/// What to do next for a call.
enum Step {
    Use(InstanceId, Box<dyn Instance>),
    Start(InstanceId),
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
            sooner: Notify::new(),
            quiet: Notify::new(),
        }));
        let dutiful = dispatch.clone();
        tasks.wait("retirement", async move { dutiful.do_duty().await });
        dispatch
    }

    /// The first step of a call. Whoever makes sure only afterwards that the key still stands for what is to run can
    /// be sure that nobody takes it away meanwhile.
    pub fn enter(&self, key: LaunchKey) -> Entered {
        self.state().entered.entry(key.clone()).or_default().calls += 1;
        Entered { dispatch: self.clone(), key }
    }

    /// Makes ready whatever starts of `launch` are faster with; see `Engine::prepare`.
    pub async fn prepare(&self, launch: Arc<Launch>) {
        self.0.engine.prepare(launch).await;
    }

    /// The same, and starts one to the end of its init. Gives the function's own failure of that.
    pub async fn rehearse(&self, launch: Arc<Launch>) -> Result<Option<FunctionError>, Internal> {
        // What it is started from stays until it has ended.
        let _entered = self.enter(launch.key.clone());
        self.0.engine.prepare(Arc::clone(&launch)).await;
        match self.0.engine.start(launch).await {
            Ok(mut instance) => instance.ready().await,
            Err(StartError::Function(error, _)) => Ok(Some(error)),
            Err(StartError::Internal(internal)) => Err(internal),
        }
    }

    /// No instance of that key is handed out any more: idle ones end now, busy ones with their calls.
    pub async fn retire(&self, key: &LaunchKey) {
        let ended = {
            let mut state = self.state();
            if let Some(under_way) = state.entered.get_mut(key) {
                under_way.retired = true;
            }
            state.provisions.remove(key);
            let ids = state.fleet.retire(key);
            state.remove(&ids)
        };
        // Outside the lock: ending an instance is not free.
        drop(ended);
        self.0.engine.forget(key);
        self.use_room();
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

    /// Keeps so many of the account's calls for a function, and lets it have no more; `None` keeps none for it.
    pub fn reserve(&self, account: &AccountId, function: &Arn, calls: Option<usize>) {
        self.state().reserved.set(account, function, calls);
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Every instance, oldest first.
    pub fn fleet(&self) -> Vec<InstanceStatus> {
        self.state().fleet.status()
    }

    /// Functions known to start slower than others do.
    pub fn slow_starts(&self) -> Vec<SlowStart> {
        self.0.engine.slow_starts()
    }

    /// Takes no more calls, waits for the running ones as long as the settings say, and ends all idle instances.
    pub async fn stop(&self) {
        let waiting = {
            let mut state = self.state();
            state.stopping = true;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_all().for_each(|waiting| drop(waiting.tell.send(Step::Refuse(THROTTLED))));
        let until = self.0.clock.now() + self.0.settings.drain;
        loop {
            let quiet = self.0.quiet.notified();
            tokio::pin!(quiet);
            quiet.as_mut().enable();
            if self.state().fleet.calls() == 0 {
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

impl Calls for State {
    fn of_function(&self, function: &Arn) -> usize {
        self.fleet.calls_of_function(function) + self.waiting.of_function(function)
    }

    fn of_account(&self, account: &AccountId) -> usize {
        self.fleet.calls_of(account) + self.waiting.of_account(account)
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
