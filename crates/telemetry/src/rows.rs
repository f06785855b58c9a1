//! The rows of logs.

use std::collections::BTreeMap;
use std::time::Duration;

use model::Time;
use serde::{Deserialize, Serialize};
use store::Record;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Names it apart from an earlier group of the same name.
    pub(crate) id: u64,
    pub created: Time,
    /// `None` keeps for ever.
    pub retention_days: Option<u32>,
    pub tags: BTreeMap<String, String>,
}

impl Record for Group {
    const VERSION: u32 = 1;
}

impl Group {
    /// Events before this are no longer there.
    pub fn kept_since(&self, now: Time) -> Time {
        match self.retention_days {
            Some(days) => now - DAY * days,
            None => Time::from_millis(0),
        }
    }
}

/// A log stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    pub(crate) id: u64,
    pub created: Time,
    /// `None` until something is written.
    pub written: Option<Written>,
    /// Of all its events, as AWS counts them.
    pub bytes: u64,
}

impl Record for Stream {
    const VERSION: u32 = 1;
}

/// What is known of the events of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The earliest and the latest time of an event.
    pub first: Time,
    pub last: Time,
    /// When the last events came in.
    pub ingested: Time,
    /// Of the last event. Never falls.
    pub arrival: u64,
}

/// Lines of one stream and second that came in together, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    pub stream: String,
    pub ingested: Time,
    pub lines: Vec<(Time, String)>,
}

impl Record for Chunk {
    const VERSION: u32 = 1;
}
