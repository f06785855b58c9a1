//! The handle on everything that is kept, and how asking it can fail.

use std::fmt;
use std::sync::Arc;

use model::{AccountId, Internal, Region, Time};
use sandbox::LogPlace;
use store::{CommitError, Key, Revision, Table};
use tasks::{Clock, Dice};

use crate::keys;
use crate::position::Arrivals;
use crate::rows::{Group, Stream};

/// Groups, streams and events in the store. Clones are the same.
#[derive(Clone)]
pub struct Logs(Arc<Shared>);

struct Shared {
    table: Arc<dyn Table>,
    clock: Clock,
    dice: Dice,
    arrivals: Arrivals,
}

/// Where a group lives. Names are unique in an account and region.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupAt {
    pub account: AccountId,
    pub region: Region,
    pub name: String,
}

impl GroupAt {
    pub(crate) fn key(&self) -> Key {
        keys::groups(&self.account, &self.region).text(&self.name)
    }
}

impl From<&LogPlace> for GroupAt {
    fn from(place: &LogPlace) -> Self {
        let LogPlace { account, region, group, .. } = place;
        Self { account: account.clone(), region: region.clone(), name: group.clone() }
    }
}

/// Why something could not be done.
#[derive(Debug, Clone)]
pub enum LogError {
    NoSuchGroup,
    NoSuchStream,
    AlreadyExists,
    Internal(Internal),
}

impl From<Internal> for LogError {
    fn from(internal: Internal) -> Self {
        Self::Internal(internal)
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchGroup => formatter.write_str("there is no such log group"),
            Self::NoSuchStream => formatter.write_str("there is no such log stream"),
            Self::AlreadyExists => formatter.write_str("there is one of this name"),
            Self::Internal(internal) => internal.fmt(formatter),
        }
    }
}

impl std::error::Error for LogError {}

/// A record with the revision that it was read at.
pub struct Kept<R> {
    pub revision: Revision,
    pub record: R,
}

impl Logs {
    /// Logs that are kept in this table; the dice give ids.
    pub fn new(table: Arc<dyn Table>, clock: Clock, dice: Dice) -> Self {
        Self(Arc::new(Shared { table, clock, dice, arrivals: Arrivals::default() }))
    }

    pub(crate) fn table(&self) -> &dyn Table {
        &*self.0.table
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn now(&self) -> Time {
        self.0.clock.now()
    }

    pub(crate) fn arrivals(&self) -> &Arrivals {
        &self.0.arrivals
    }

    pub(crate) fn new_id(&self) -> u64 {
        self.0.dice.next()
    }

    pub(crate) async fn kept_group(&self, at: &GroupAt) -> Result<Kept<Group>, LogError> {
        let row = self.table().get(&at.key()).await?.ok_or(LogError::NoSuchGroup)?;
        Ok(Kept { revision: row.revision, record: store::decode(&row.value)? })
    }

    pub(crate) async fn kept_stream(&self, group: &Group, name: &str) -> Result<Kept<Stream>, LogError> {
        let row = self.table().get(&keys::stream(group.id, name)).await?.ok_or(LogError::NoSuchStream)?;
        Ok(Kept { revision: row.revision, record: store::decode(&row.value)? })
    }
}

/// Whether a commit came through; `false` when somebody else was quicker.
pub fn came_through(committed: Result<Revision, CommitError>) -> Result<bool, Internal> {
    match committed {
        Ok(_) => Ok(true),
        Err(CommitError::Conflict(_)) => Ok(false),
        Err(CommitError::Internal(internal)) => Err(internal),
    }
}

/// What is told when a change was tried too often.
pub fn too_contended() -> LogError {
    LogError::Internal(Internal::new("a row of telemetry was changed by others again and again"))
}
