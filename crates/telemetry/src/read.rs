//! Reading one stream page by page, from either end and in both directions.

use std::collections::HashSet;

use model::Time;

use crate::gathering::{End, Event};
use crate::logs::{GroupAt, LogError, Logs};
use crate::position::Position;
use crate::rows::Stream;
use crate::walk::{Streams, Wanted};

/// Which events of a stream.
#[derive(Debug, Clone)]
pub struct ReadAsk {
    /// Events of this time and later.
    pub start: Option<Time>,
    /// Events before this time.
    pub end: Option<Time>,
    pub from: From,
    pub limit: usize,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// With the earliest event.
    Head,
    /// With the latest event, as the last of the page.
    Tail,
    /// Behind a page's `forward`.
    After(Position),
    /// Before a page's `backward`.
    Before(Position),
}

/// Events in order, and the places to go on at. At either end the place stays the one that was asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadPage {
    pub events: Vec<Event>,
    pub forward: Position,
    pub backward: Position,
}

impl Logs {
    /// A page of a stream.
    pub async fn read(&self, at: &GroupAt, stream: &str, ask: &ReadAsk) -> Result<ReadPage, LogError> {
        let group = self.kept_group(at).await?.record;
        let stream = self.kept_stream(&group, stream).await?.record;
        let start = ask.start.unwrap_or(Time::from_millis(0)).max(group.kept_since(self.now()));
        let mut wanted = Wanted {
            group: group.id,
            low: Position::at(start),
            high: ask.end.map_or(Position::LAST, Position::at),
            streams: Streams::These(HashSet::from([stream.id])),
            pattern: None,
        };
        let end = match ask.from {
            From::Head | From::After(_) => End::First,
            From::Tail | From::Before(_) => End::Last,
        };
        match ask.from {
            From::After(position) => wanted.low = wanted.low.max(position.next()),
            From::Before(position) => wanted.high = wanted.high.min(position),
            From::Head | From::Tail => {}
        }
        let nothing_from = wanted.low;
        narrow(&mut wanted, &stream);
        let events = self.walk(&wanted, end, ask.limit, usize::MAX).await?.events;
        let (forward, backward) = match (events.first(), events.last(), ask.from) {
            (Some(first), Some(last), _) => (last.position, first.position),
            (_, _, From::After(position)) => (position, position.next()),
            (_, _, From::Before(position)) => (position.previous(), position),
            (_, _, From::Head | From::Tail) => (nothing_from.previous(), nothing_from),
        };
        Ok(ReadPage { events, forward, backward })
    }
}

/// The walk goes no further than the stream reaches.
fn narrow(wanted: &mut Wanted<'_>, stream: &Stream) {
    let (first, behind_last) = match stream.written {
        Some(written) => {
            (Position::at(written.first), Position::at(Time::from_millis(written.last.as_millis() + 1)))
        }
        None => (Position::LAST, Position::FIRST),
    };
    wanted.low = wanted.low.max(first);
    wanted.high = wanted.high.min(behind_last);
}
