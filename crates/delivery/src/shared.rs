//! What the handle, the drivers and the duty share.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use model::{Arn, EventId, Internal, Time};
use store::{Entry, Table};
use tasks::{Clock, Dice, Tasks};

use crate::event::Event;
use crate::source::Source;
use crate::target::Target;
use crate::{limits, rows, written};

/// What may be set otherwise than on AWS.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Waits before the second and the third try.
    pub retry_after: Vec<Duration>,
    pub retention: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { retry_after: limits::RETRY_AFTER.to_vec(), retention: limits::RETENTION }
    }
}

pub struct Shared {
    pub settings: Settings,
    pub table: Arc<dyn Table>,
    pub clock: Clock,
    pub dice: Dice,
    pub tasks: Tasks,
    pub targets: OnceLock<Vec<Arc<dyn Target>>>,
    pub sources: OnceLock<Vec<Arc<dyn Source>>>,
    drivers: Mutex<HashSet<Arn>>,
    /// When the last one of any group was due, in milliseconds.
    last_place: AtomicI64,
}

impl Shared {
    pub fn new(settings: Settings, table: Arc<dyn Table>, clock: Clock, dice: Dice, tasks: Tasks) -> Self {
        let (targets, sources) = (OnceLock::new(), OnceLock::new());
        Self {
            settings,
            table,
            clock,
            dice,
            tasks,
            targets,
            sources,
            drivers: Mutex::default(),
            last_place: AtomicI64::new(0),
        }
    }

    pub async fn event(&self, id: EventId) -> Result<Option<Event>, Internal> {
        self.table.get(&rows::event(id)).await?.map(|row| written::decode(&row.value)).transpose()
    }

    pub fn target(&self, target: &Arn) -> Option<&Arc<dyn Target>> {
        self.targets.get()?.iter().find(|kind| kind.service() == target.service)
    }

    pub fn source(&self, source: &Arn) -> Option<&Arc<dyn Source>> {
        self.sources.get()?.iter().find(|kind| kind.service() == source.service)
    }

    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// When an event of a group is due, for the order: not before those that came earlier, even if the clock was set back. It is
    /// tried without waiting for that time.
    pub fn place(&self, now: Time) -> Time {
        let now = now.as_millis();
        Time::from_millis(self.last_place.fetch_max(now, Ordering::SeqCst).max(now))
    }

    /// The targets that have a driver, or will have one at the start.
    pub fn drivers(&self) -> MutexGuard<'_, HashSet<Arn>> {
        self.drivers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The id of the event that a row is about.
pub fn id_of(entry: &Entry) -> Result<EventId, Internal> {
    let id = entry.key.last_text().map_err(Internal::because("reading a row of delivery"))?;
    id.parse().map_err(Internal::because("reading an event's id"))
}
