//! Searching a group: events of many streams in one order, those that a pattern matches, page by page.

use std::collections::HashSet;

use model::Time;

use crate::gathering::{End, Event};
use crate::limits::SEARCH_ROWS;
use crate::logs::{GroupAt, LogError, Logs};
use crate::pattern::Pattern;
use crate::position::Position;
use crate::rows::Group;
use crate::walk::{Streams, Wanted};

/// Which events of a group.
#[derive(Debug, Clone)]
pub struct SearchAsk {
    /// Events of this time and later.
    pub start: Option<Time>,
    /// Events of this time and earlier.
    pub end: Option<Time>,
    pub streams: Which,
    pub pattern: Option<Pattern>,
    /// The end at which the first page is.
    pub from: End,
    /// Where an earlier page of this search ended.
    pub after: Option<Position>,
    pub limit: usize,
}

/// Streams of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    All,
    Named(Vec<String>),
    Prefixed(String),
}

/// A page of a search. It may be empty and yet not the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// Latest first when the search began at that end.
    pub events: Vec<Event>,
    /// Where to go on, while there may be more.
    pub next: Option<Position>,
}

impl Logs {
    /// A page of a group. Fails when one of the named streams is missing.
    pub async fn search(&self, at: &GroupAt, ask: &SearchAsk) -> Result<SearchPage, LogError> {
        let group = self.kept_group(at).await?.record;
        let start = ask.start.unwrap_or(Time::from_millis(0)).max(group.kept_since(self.now()));
        let behind = |end: Time| Position::at(Time::from_millis(end.as_millis().saturating_add(1)));
        let mut wanted = Wanted {
            group: group.id,
            low: Position::at(start),
            high: ask.end.map_or(Position::LAST, behind),
            streams: self.streams_of(&group, &ask.streams).await?,
            pattern: ask.pattern.as_ref(),
        };
        match (ask.after, ask.from) {
            (Some(after), End::First) => wanted.low = wanted.low.max(after.next()),
            (Some(after), End::Last) => wanted.high = wanted.high.min(after),
            (None, _) => {}
        }
        let mut walked = self.walk(&wanted, ask.from, ask.limit, SEARCH_ROWS).await?;
        if ask.from == End::Last {
            walked.events.reverse();
        }
        let next = match (walked.events.last(), walked.stopped, ask.from) {
            (Some(last), _, _) if walked.more => Some(last.position),
            (_, Some(stopped), End::First) => Some(stopped.previous()),
            (_, stopped, _) => stopped,
        };
        Ok(SearchPage { events: walked.events, next })
    }

    async fn streams_of(&self, group: &Group, which: &Which) -> Result<Streams, LogError> {
        Ok(match which {
            Which::All => Streams::All,
            Which::Prefixed(prefix) => Streams::Prefixed(prefix.clone()),
            Which::Named(names) => {
                let mut ids = HashSet::new();
                for name in names {
                    ids.insert(self.kept_stream(group, name).await?.record.id);
                }
                Streams::These(ids)
            }
        })
    }
}
