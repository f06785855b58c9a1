//! What was sent and is not to be received yet: those that are due first.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Time;

use super::edge::{Edge, Reach};
use crate::engine::message::Sequence;

/// When it can be received, and which one.
pub type Due = (Time, Sequence);

#[derive(Debug)]
pub struct Delayed {
    known: BTreeMap<Due, Option<Arc<str>>>,
    edge: Edge<Due>,
    reach: Reach,
}

impl Delayed {
    /// Nothing is known of those that are due from `now` on; those before are delayed no more.
    pub fn new(reach: Reach, now: Time) -> Self {
        Self { known: BTreeMap::new(), edge: Edge::new((now, 0)), reach }
    }

    pub fn add(&mut self, due: Due, group: Option<Arc<str>>) {
        if self.edge.covers(due) {
            self.known.insert(due, group);
            self.bound();
        }
    }

    fn bound(&mut self) {
        while self.known.len() > self.reach.known
            && let Some((last, _)) = self.known.pop_last()
        {
            self.edge.draw(last);
        }
    }

    /// The next one whose delay is over.
    pub fn pop(&mut self, now: Time) -> Option<(Sequence, Option<Arc<str>>)> {
        let first = self.known.first_entry().filter(|first| first.key().0 <= now)?;
        let ((_, sequence), group) = first.remove_entry();
        Some((sequence, group))
    }

    /// When the next delay is over.
    pub fn next(&self) -> Option<Time> {
        let known = self.known.first_key_value().map(|(due, _)| *due);
        known.into_iter().chain(self.edge.at()).map(|(time, _)| time).min()
    }

    /// Everything that is due before then was given out, or never will be: its rows say nothing any more.
    pub fn over(&self, now: Time) -> Time {
        self.next().map_or(now, |next| next.min(now))
    }

    /// Where to read on, if some may be due that only the store knows.
    pub fn begin(&mut self, now: Time) -> Option<Due> {
        self.edge.at().filter(|(time, _)| *time <= now)?;
        self.edge.begin()
    }

    /// What was read before `next`.
    pub fn learn(&mut self, read: Vec<(Due, Option<Arc<str>>)>, next: Option<Due>) {
        let edge = self.edge.end(next);
        self.known.extend(read.into_iter().filter(|(due, _)| edge.is_none_or(|edge| *due < edge)));
        self.bound();
    }

    /// One that is gone.
    pub fn remove(&mut self, sequence: Sequence) {
        self.known.retain(|(_, known), _| *known != sequence);
    }

    /// All that were sent before are gone.
    pub fn remove_before(&mut self, floor: Sequence) {
        self.known.retain(|(_, known), _| *known >= floor);
    }
}
