//! Log streams: made and described.

use std::fmt;
use std::str::FromStr;

use model::Internal;
use store::{Expected, Transaction};

use crate::keys;
use crate::limits::ATTEMPTS;
use crate::logs::{GroupAt, LogError, Logs, came_through, too_contended};
use crate::position::{InvalidPosition, millis};
use crate::rows::Stream;

/// Which streams of a group, and in which order.
#[derive(Debug, Clone, Default)]
pub struct StreamsAsk {
    pub prefix: String,
    pub order: StreamOrder,
    pub descending: bool,
    /// Only what comes after this, in the order that is asked for.
    pub after: Option<StreamMark>,
    pub limit: usize,
}

/// What streams are sorted by; those that nothing was written to have their last event before all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StreamOrder {
    #[default]
    Name,
    LastEvent,
}

/// Where a stream stands in a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamMark {
    /// Of its last event in milliseconds; 0 in a list by name.
    last: u64,
    name: String,
}

const DIGITS: usize = 20;

impl fmt::Display for StreamMark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:0DIGITS$}{}", self.last, self.name)
    }
}

impl FromStr for StreamMark {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (last, name) = text.split_at_checked(DIGITS).ok_or(InvalidPosition)?;
        Ok(Self { last: last.parse().map_err(|_| InvalidPosition)?, name: name.to_owned() })
    }
}

impl Logs {
    /// Makes a stream that nothing has been written to.
    pub async fn create_stream(&self, at: &GroupAt, name: &str) -> Result<(), LogError> {
        for _ in 0..ATTEMPTS {
            let group = self.kept_group(at).await?;
            let stream = Stream { id: self.new_id(), created: self.now(), written: None, bytes: 0 };
            let key = keys::stream(group.record.id, name);
            let create = Transaction::new()
                .expect(at.key(), Expected::At(group.revision))
                .expect(key.clone(), Expected::Absent)
                .put(key.clone(), store::encode(&stream)?);
            if came_through(self.table().commit(create).await)? {
                return Ok(());
            }
            if self.table().get(&key).await?.is_some() {
                return Err(LogError::AlreadyExists);
            }
        }
        Err(too_contended())
    }

    /// One stream.
    pub async fn stream(&self, at: &GroupAt, name: &str) -> Result<Stream, LogError> {
        let group = self.kept_group(at).await?.record;
        Ok(self.kept_stream(&group, name).await?.record)
    }

    /// Streams with their names, and the mark to go on after while there are more.
    /// Reads all that have the prefix: only one of the four orders is that of the store.
    pub async fn streams(
        &self,
        at: &GroupAt,
        ask: &StreamsAsk,
    ) -> Result<(Vec<(String, Stream)>, Option<StreamMark>), LogError> {
        let group = self.kept_group(at).await?.record;
        let prefix = keys::streams(group.id).text_starting_with(&ask.prefix);
        let mut found = Vec::new();
        for entry in self.table().range(&prefix, None, usize::MAX).await? {
            let name = entry.key.last_text().map_err(Internal::because("reading a stream's key"))?;
            let stream: Stream = store::decode(&entry.row.value)?;
            let last = match (ask.order, stream.written) {
                (StreamOrder::LastEvent, Some(written)) => millis(written.last),
                _ => 0,
            };
            found.push((StreamMark { last, name }, stream));
        }
        found.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        if ask.descending {
            found.reverse();
        }
        let is_after = |mark: &StreamMark| match &ask.after {
            Some(after) if ask.descending => mark < after,
            Some(after) => mark > after,
            None => true,
        };
        let mut page: Vec<_> = found.into_iter().filter(|(mark, _)| is_after(mark)).collect();
        let more = page.len() > ask.limit;
        page.truncate(ask.limit);
        let next = page.last().filter(|_| more).map(|(mark, _)| mark.clone());
        Ok((page.into_iter().map(|(mark, stream)| (mark.name, stream)).collect(), next))
    }
}
