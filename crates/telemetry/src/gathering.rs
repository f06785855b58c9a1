//! Gathering a page: the first or the last so many events of those that were offered, in memory for about two pages.

use std::sync::Arc;

use model::Time;

use crate::limits::{EVENT_OVERHEAD_BYTES, PAGE_BYTES};
use crate::position::Position;

/// An event as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Unique in its group.
    pub position: Position,
    pub stream: Arc<str>,
    pub time: Time,
    pub ingested: Time,
    pub message: String,
}

impl Event {
    fn bytes(&self) -> usize {
        self.message.len() + EVENT_OVERHEAD_BYTES
    }
}

/// Which end of what is offered is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    First,
    Last,
}

pub struct Gathering {
    end: End,
    limit: usize,
    kept: Vec<Event>,
    bytes: usize,
    /// Something was offered that is not kept.
    cut: bool,
}

impl Gathering {
    pub fn new(end: End, limit: usize) -> Self {
        Self { end, limit, kept: Vec::new(), bytes: 0, cut: false }
    }

    pub fn offer(&mut self, event: Event) {
        self.bytes += event.bytes();
        self.kept.push(event);
        if self.kept.len() > 2 * self.limit || self.bytes > 2 * PAGE_BYTES {
            self.compact();
        }
    }

    /// Whether what comes further from the end that is kept can change nothing.
    pub fn is_full(&self) -> bool {
        self.kept.len() > self.limit || self.bytes > PAGE_BYTES || self.cut
    }

    /// The page in order of position, and whether there was more than it.
    pub fn finish(mut self) -> (Vec<Event>, bool) {
        self.compact();
        if self.end == End::Last {
            self.kept.reverse();
        }
        (self.kept, self.cut)
    }

    fn compact(&mut self) {
        self.kept.sort_unstable_by_key(|event| event.position);
        if self.end == End::Last {
            self.kept.reverse();
        }
        let mut bytes = 0;
        let fits = self.kept.iter().take(self.limit).take_while(|event| {
            bytes += event.bytes();
            bytes <= PAGE_BYTES
        });
        // An event that is larger than a page is a page.
        let fits = fits.count().max(self.limit.min(1));
        self.cut |= fits < self.kept.len();
        self.kept.truncate(fits);
        self.bytes = self.kept.iter().map(Event::bytes).sum();
    }
}
