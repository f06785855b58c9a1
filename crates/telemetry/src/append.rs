//! Writing events: lines of one stream are packed into rows, several to a row, and the rows into commits.

use std::collections::BTreeMap;

use model::{Internal, Time};
use store::{Expected, Transaction};

use crate::keys;
use crate::limits::{ATTEMPTS, CHUNK_BYTES, CHUNK_LINES, COMMIT_BYTES, EVENT_OVERHEAD_BYTES};
use crate::logs::{GroupAt, LogError, Logs, came_through, too_contended};
use crate::position::Position;
use crate::rows::{Chunk, Group, Stream, Written};

/// An event that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    pub time: Time,
    pub message: String,
}

impl NewLine {
    fn bytes(&self) -> usize {
        self.message.len() + EVENT_OVERHEAD_BYTES
    }
}

/// Lines that become one row: of one second, so that rows of different seconds never overlap in time.
struct Packed<'a> {
    second: u64,
    lines: Vec<&'a NewLine>,
    bytes: usize,
}

impl Logs {
    /// Writes events of one stream. Up to 1 MB is one commit, all or nothing; more is several.
    /// Gives the number of the last one's arrival; 0 when there is none.
    pub async fn append(&self, at: &GroupAt, stream: &str, lines: &[NewLine]) -> Result<u64, LogError> {
        let packed = pack(lines);
        let mut rest = packed.as_slice();
        let mut arrival = 0;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = rest.iter().take_while(|packed| {
                bytes += packed.bytes;
                bytes <= COMMIT_BYTES
            });
            let (now, later) = rest.split_at(fits.count().max(1));
            arrival = self.write(at, stream, now).await?;
            rest = later;
        }
        Ok(arrival)
    }

    async fn write(&self, at: &GroupAt, name: &str, packed: &[Packed<'_>]) -> Result<u64, LogError> {
        for _ in 0..ATTEMPTS {
            let group = self.kept_group(at).await?;
            let stream = self.kept_stream(&group.record, name).await?;
            let count = packed.iter().map(|packed| packed.lines.len()).sum();
            let first = self.arrivals().reserve(count, self.now());
            let last = first + count as u64 - 1;
            let put = self
                .chunks(name, &group.record, &stream.record, packed, first)?
                .expect(at.key(), Expected::At(group.revision))
                .expect(keys::stream(group.record.id, name), Expected::At(stream.revision))
                .put(
                    keys::stream(group.record.id, name),
                    store::encode(&grown(&stream.record, packed, self.now(), last))?,
                );
            if came_through(self.table().commit(put).await)? {
                return Ok(last);
            }
        }
        Err(too_contended())
    }

    fn chunks(
        &self,
        name: &str,
        group: &Group,
        stream: &Stream,
        packed: &[Packed<'_>],
        mut arrival: u64,
    ) -> Result<Transaction, Internal> {
        let mut put = Transaction::new();
        for Packed { second, lines, .. } in packed {
            let chunk = Chunk {
                stream: name.to_owned(),
                ingested: self.now(),
                lines: lines.iter().map(|line| (line.time, line.message.clone())).collect(),
            };
            put = put.put(keys::chunk(group.id, *second, stream.id, arrival), store::encode(&chunk)?);
            arrival += lines.len() as u64;
        }
        Ok(put)
    }
}

/// The stream once these lines are written.
fn grown(stream: &Stream, packed: &[Packed<'_>], now: Time, arrival: u64) -> Stream {
    let mut grown = stream.clone();
    grown.bytes += packed.iter().map(|packed| packed.bytes as u64).sum::<u64>();
    for line in packed.iter().flat_map(|packed| &packed.lines) {
        let before =
            grown.written.unwrap_or(Written { first: line.time, last: line.time, ingested: now, arrival });
        grown.written = Some(Written {
            first: before.first.min(line.time),
            last: before.last.max(line.time),
            ingested: now,
            arrival,
        });
    }
    grown
}

fn pack(lines: &[NewLine]) -> Vec<Packed<'_>> {
    let mut seconds: BTreeMap<u64, Vec<Packed<'_>>> = BTreeMap::new();
    for line in lines {
        let second = Position::at(line.time).second();
        let rows = seconds.entry(second).or_default();
        let full = |row: &Packed<'_>| {
            row.lines.len() == CHUNK_LINES || row.bytes + line.bytes() > CHUNK_BYTES.max(line.bytes())
        };
        if rows.last().is_none_or(full) {
            rows.push(Packed { second, lines: Vec::new(), bytes: 0 });
        }
        if let Some(row) = rows.last_mut() {
            row.bytes += line.bytes();
            row.lines.push(line);
        }
    }
    seconds.into_values().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_lines_become_few_rows_of_one_second_each() {
        let line = |millis, length| NewLine { time: Time::from_millis(millis), message: "x".repeat(length) };
        let flood: Vec<NewLine> = (0..100_000).map(|number| line(number / 100, 40)).collect();
        assert!(pack(&flood).len() < 120, "{}", pack(&flood).len());
        let mixed =
            [line(5_000, 1), line(1_000, 2), line(5_999, 3), line(1_001, CHUNK_BYTES), line(1_002, 1)];
        let shape: Vec<(u64, Vec<usize>)> = pack(&mixed)
            .iter()
            .map(|row| (row.second, row.lines.iter().map(|line| line.message.len()).collect()))
            .collect();
        assert_eq!(shape, [(1, vec![2]), (1, vec![CHUNK_BYTES]), (1, vec![1]), (5, vec![1, 3])]);
    }
}
