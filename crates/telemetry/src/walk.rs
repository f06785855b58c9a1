//! Walking through a group's events in order of time, from either end, until a page is full.
//!
//! The store reads forward only. Backward, a window of seconds is read as a whole; it grows while there is little in it,
//! so that gaps of years are crossed in some thirty steps, and is halved when there is too much.

use std::collections::HashSet;

use model::Internal;

use crate::chunks::ChunkRow;
use crate::gathering::{End, Event, Gathering};
use crate::logs::Logs;
use crate::pattern::Pattern;
use crate::position::Position;

/// Which events of a group.
pub struct Wanted<'a> {
    pub group: u64,
    /// From this one on.
    pub low: Position,
    /// Only before this one.
    pub high: Position,
    pub streams: Streams,
    pub pattern: Option<&'a Pattern>,
}

pub enum Streams {
    All,
    /// By their ids.
    These(HashSet<u64>),
    Prefixed(String),
}

/// What came of a walk.
pub struct Walked {
    /// In order of position.
    pub events: Vec<Event>,
    /// There are more than fit in the page.
    pub more: bool,
    /// The walk ended early, having seen all on its way up to here.
    pub stopped: Option<Position>,
}

impl Wanted<'_> {
    fn offer(&self, row: &ChunkRow, page: &mut Gathering) -> Result<(), Internal> {
        if matches!(&self.streams, Streams::These(ids) if !ids.contains(&row.stream)) {
            return Ok(());
        }
        for event in row.events()? {
            if self.wants(&event) {
                page.offer(event);
            }
        }
        Ok(())
    }

    fn wants(&self, event: &Event) -> bool {
        let of_stream = match &self.streams {
            Streams::Prefixed(prefix) => event.stream.starts_with(prefix),
            Streams::All | Streams::These(_) => true,
        };
        let in_range = self.low <= event.position && event.position < self.high;
        of_stream && in_range && self.pattern.is_none_or(|pattern| pattern.matches(&event.message))
    }
}

impl Logs {
    /// Up to `limit` of the wanted events at one end; looks through about `budget` rows at most.
    pub(crate) async fn walk(
        &self,
        wanted: &Wanted<'_>,
        end: End,
        limit: usize,
        budget: usize,
    ) -> Result<Walked, Internal> {
        let mut page = Gathering::new(end, limit);
        let stopped = match end {
            _ if wanted.low >= wanted.high => None,
            End::First => self.forward(wanted, &mut page, budget).await?,
            End::Last => self.backward(wanted, &mut page, budget).await?,
        };
        let (events, more) = page.finish();
        Ok(Walked { events, more, stopped })
    }

    async fn forward(
        &self,
        wanted: &Wanted<'_>,
        page: &mut Gathering,
        budget: usize,
    ) -> Result<Option<Position>, Internal> {
        let seconds = wanted.low.second()..wanted.high.second().saturating_add(1);
        let (mut seen, mut at, mut after) = (0, seconds.start, None);
        loop {
            let (rows, next) = self.chunk_rows(wanted.group, seconds.clone(), after.as_ref()).await?;
            for row in &rows {
                // Within a second, rows are not in order of time.
                if row.second != at && page.is_full() {
                    return Ok(None);
                }
                if row.second != at && seen >= budget {
                    return Ok(Some(Position::at_second(row.second)));
                }
                at = row.second;
                seen += 1;
                wanted.offer(row, page)?;
            }
            if next.is_none() {
                return Ok(None);
            }
            after = next;
        }
    }

    async fn backward(
        &self,
        wanted: &Wanted<'_>,
        page: &mut Gathering,
        budget: usize,
    ) -> Result<Option<Position>, Internal> {
        let first = wanted.low.second();
        let (mut seen, mut end, mut width) = (0, wanted.high.second().saturating_add(1), 1u64);
        while end > first && !page.is_full() {
            if seen >= budget {
                return Ok(Some(Position::at_second(end)));
            }
            let start = end.saturating_sub(width).max(first);
            let (mut rows, mut next) = self.chunk_rows(wanted.group, start..end, None).await?;
            if next.is_some() && end - start > 1 {
                width = (end - start) / 2;
                continue;
            }
            loop {
                seen += rows.len();
                for row in &rows {
                    wanted.offer(row, page)?;
                }
                let Some(after) = next else { break };
                (rows, next) = self.chunk_rows(wanted.group, start..end, Some(&after)).await?;
            }
            end = start;
            width = width.saturating_mul(2);
        }
        Ok(None)
    }
}
