//! Instances that are held initialised, whether or not they are called.
//! Source: Lambda developer guide, "Configuring provisioned concurrency for a function".

use std::sync::Arc;
use std::time::Duration;

use model::{Arn, Time};
use sandbox::{Launch, LaunchKey, StartError};

use super::{Dispatch, State};
use crate::fleet::InstanceId;
use crate::place;

/// How often those that are held are looked at: whether they live, and whether more can be started after a failure. Sooner
/// than credentials end that are not used for another call. Ours.
pub const LOOK: Duration = Duration::from_secs(5 * 60);

/// What is to be held of a launch.
pub struct Provision {
    launch: Arc<Launch>,
    wanted: usize,
    /// Why there are not as many, for people.
    failed: Option<String>,
    /// Before this none is started again.
    again: Time,
}

/// How far a provision is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provided {
    /// Instances that are initialised, up to as many as are held.
    pub ready: usize,
    pub failed: Option<String>,
}

impl Dispatch {
    /// Holds so many initialised instances of each of these launches of a function, and of no others of it.
    pub fn provide(&self, function: &Arn, wanted: Vec<(Arc<Launch>, usize)>) {
        let now = self.0.clock.now();
        {
            let mut state = self.state();
            let is_wanted = |key: &LaunchKey| wanted.iter().any(|(launch, _)| launch.key == *key);
            let gone: Vec<_> = state.provisions.values().map(|held| Arc::clone(&held.launch)).collect();
            for launch in gone.iter().filter(|held| held.function == *function && !is_wanted(&held.key)) {
                state.provisions.remove(&launch.key);
                state.fleet.keep(&launch.key, 0, now);
            }
            for (launch, count) in wanted {
                let key = launch.key.clone();
                state.fleet.keep(&key, count, now);
                state.provisions.insert(key, Provision { launch, wanted: count, failed: None, again: now });
            }
        }
        self.top_up();
        self.0.sooner.notify_one();
    }

    /// `None` where nothing is held of this launch.
    pub fn provided(&self, key: &LaunchKey) -> Option<Provided> {
        let state = self.state();
        let held = state.provisions.get(key)?;
        Some(Provided { ready: state.fleet.ready(key).min(held.wanted), failed: held.failed.clone() })
    }

    /// Starts what is missing.
    pub(super) fn top_up(&self) {
        let now = self.0.clock.now();
        let mut state = self.state();
        if state.stopping || state.provisions.is_empty() {
            return;
        }
        let held: Vec<_> =
            state.provisions.values().map(|held| (Arc::clone(&held.launch), held.wanted)).collect();
        for (launch, wanted) in held {
            while state.may_top_up(&launch.key, wanted, now) {
                if !place::has_room_ahead(&state.fleet, &launch, &self.0.settings) {
                    state.give_up(&launch.key, "The machine has no memory left for it.", now);
                    break;
                }
                let id = state.fleet.begin_ahead(&launch, now + LOOK, now);
                let (dispatch, launch) = (self.clone(), Arc::clone(&launch));
                self.0.tasks.work("provision", async move { dispatch.initialise(id, launch).await });
            }
        }
    }

    async fn initialise(&self, id: InstanceId, launch: Arc<Launch>) {
        let failed = match self.0.engine.start(Arc::clone(&launch)).await {
            Ok(mut instance) => match instance.ready().await {
                Ok(None) => return self.give_back(id, instance),
                Ok(Some(error)) => format!("The function's init failed: {}.", error.name()),
                Err(internal) => unready(&launch, &internal),
            },
            Err(StartError::Function(error, _)) => format!("The function's init failed: {}.", error.name()),
            Err(StartError::Internal(internal)) => unready(&launch, &internal),
        };
        self.state().give_up(&launch.key, &failed, self.0.clock.now());
        self.end(id);
        self.0.sooner.notify_one();
    }
}

fn unready(launch: &Launch, internal: &model::Internal) -> String {
    tracing::warn!(function = %launch.function, error = %internal, "an instance that is to be held is not ready");
    "An internal error.".to_owned()
}

impl State {
    fn may_top_up(&self, key: &LaunchKey, wanted: usize, now: Time) -> bool {
        let held = self.provisions.get(key);
        held.is_some_and(|held| held.again <= now) && self.fleet.count(key) < wanted
    }

    fn give_up(&mut self, key: &LaunchKey, reason: &str, now: Time) {
        if let Some(held) = self.provisions.get_mut(key) {
            held.failed = Some(reason.to_owned());
            held.again = now + LOOK;
        }
    }

    /// When what is missing may be started again.
    pub(super) fn next_top_up(&self) -> Option<Time> {
        let missing = self.provisions.iter().filter(|(key, held)| self.fleet.count(key) < held.wanted);
        missing.map(|(_, held)| held.again).min()
    }
}
