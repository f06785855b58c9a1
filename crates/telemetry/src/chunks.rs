//! Rows of events as they are read.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use model::Internal;
use store::{Entry, Key, KeyPart};

use crate::gathering::Event;
use crate::keys;
use crate::limits::{EVENT_OVERHEAD_BYTES, ROWS};
use crate::logs::Logs;
use crate::position::Position;
use crate::rows::Chunk;

/// A row that has not been decoded: its key says whether that is needed.
pub struct ChunkRow {
    pub key: Key,
    pub second: u64,
    /// The stream's id.
    pub stream: u64,
    arrival: u64,
    value: Bytes,
}

impl ChunkRow {
    fn read(entry: Entry) -> Result<Self, Internal> {
        let reading = "reading the key of log events";
        let parts = entry.key.parts().map_err(Internal::because(reading))?;
        let [_, _, _, KeyPart::Number(second), KeyPart::Number(stream), KeyPart::Number(arrival)] = parts[..]
        else {
            return Err(Internal::new(reading));
        };
        Ok(Self { key: entry.key, second, stream, arrival, value: entry.row.value })
    }

    /// Its events, in order of arrival.
    pub fn events(&self) -> Result<impl Iterator<Item = Event>, Internal> {
        let Chunk { stream, ingested, lines } = store::decode(&self.value)?;
        let (stream, arrivals): (Arc<str>, _) = (stream.into(), self.arrival..);
        Ok(lines.into_iter().zip(arrivals).map(move |((time, message), arrival)| Event {
            position: Position::new(time, arrival),
            stream: stream.clone(),
            time,
            ingested,
            message,
        }))
    }

    /// The name of its stream, and what its events count.
    pub fn weight(&self) -> Result<(String, u64), Internal> {
        let chunk: Chunk = store::decode(&self.value)?;
        let bytes =
            chunk.lines.iter().map(|(_, message)| (message.len() + EVENT_OVERHEAD_BYTES) as u64).sum();
        Ok((chunk.stream, bytes))
    }
}

impl Logs {
    /// Rows of a group in these seconds, in order, those after `after`; and where to go on, while there may be more.
    pub(crate) async fn chunk_rows(
        &self,
        group: u64,
        seconds: Range<u64>,
        after: Option<&Key>,
    ) -> Result<(Vec<ChunkRow>, Option<Key>), Internal> {
        let start = keys::second(group, seconds.start);
        let entries = self.table().range(&keys::events(group), Some(after.unwrap_or(&start)), ROWS).await?;
        let whole = entries.len() < ROWS;
        let last = entries.last().map(|entry| entry.key.clone());
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let row = ChunkRow::read(entry)?;
            if row.second >= seconds.end {
                return Ok((rows, None));
            }
            rows.push(row);
        }
        Ok((rows, last.filter(|_| !whole)))
    }
}
