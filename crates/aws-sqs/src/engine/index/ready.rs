//! What anybody may receive: the first of it, in the order in which it was sent, and by groups where there are some.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::edge::{Edge, Reach};
use crate::engine::message::Sequence;

#[derive(Debug)]
pub struct Ready {
    /// With the group in which it keeps its place: in a FIFO queue all have one, elsewhere none.
    known: BTreeMap<Sequence, Option<Arc<str>>>,
    groups: HashMap<Arc<str>, Group>,
    /// The groups that have something to be received, by their first message.
    open: BTreeMap<Sequence, Arc<str>>,
    edge: Edge<Sequence>,
    reach: Reach,
}

#[derive(Debug, Default)]
struct Group {
    ready: BTreeSet<Sequence>,
    /// Messages of it that are in flight: until there are none, nobody gets another.
    in_flight: usize,
}

impl Ready {
    pub fn new(reach: Reach) -> Self {
        let (known, groups, open) = Default::default();
        Self { known, groups, open, edge: Edge::new(0), reach }
    }

    pub fn add(&mut self, sequence: Sequence, group: Option<Arc<str>>) {
        if !self.edge.covers(sequence) {
            return;
        }
        let is_last = self.known.last_key_value().is_none_or(|(last, _)| *last < sequence);
        if is_last && self.known.len() >= self.reach.known {
            self.edge.draw(sequence);
            return;
        }
        self.insert(sequence, group);
        self.bound();
    }

    fn insert(&mut self, sequence: Sequence, group: Option<Arc<str>>) {
        if let Some(group) = &group {
            self.close(group);
            self.groups.entry(group.clone()).or_default().ready.insert(sequence);
            self.reopen(group);
        }
        self.known.insert(sequence, group);
    }

    fn bound(&mut self) {
        while self.known.len() > self.reach.most
            && let Some((last, _)) = self.known.last_key_value()
        {
            let last = *last;
            self.remove(last);
            self.edge.draw(last);
        }
    }

    /// The first one; of a group that one was taken of since it was sealed last, the next. It is in flight then.
    pub fn pop(&mut self) -> Option<(Sequence, Option<Arc<str>>)> {
        if self.known.first_key_value()?.1.is_none() {
            return self.known.pop_first();
        }
        let (sequence, group) = self.open.pop_first()?;
        self.known.remove(&sequence);
        let of_group = self.groups.get_mut(&group)?;
        of_group.ready.remove(&sequence);
        of_group.in_flight += 1;
        if let Some(next) = of_group.ready.first() {
            self.open.insert(*next, group.clone());
        }
        Some((sequence, Some(group)))
    }

    /// Nobody gets more of the group until what is in flight of it has ended.
    pub fn seal(&mut self, group: &Arc<str>) {
        self.close(group);
    }

    /// One of the group is in flight that was not taken here.
    pub fn hold(&mut self, group: &Arc<str>) {
        self.close(group);
        self.groups.entry(group.clone()).or_default().in_flight += 1;
    }

    /// One of the group is in flight no more.
    pub fn release(&mut self, group: &Arc<str>) {
        if let Some(of_group) = self.groups.get_mut(group) {
            of_group.in_flight -= 1;
        }
        self.close(group);
        self.reopen(group);
    }

    /// One that is gone.
    pub fn remove(&mut self, sequence: Sequence) {
        let Some(Some(group)) = self.known.remove(&sequence) else { return };
        self.close(&group);
        if let Some(of_group) = self.groups.get_mut(&group) {
            of_group.ready.remove(&sequence);
        }
        self.reopen(&group);
    }

    /// Only the store knows what there is from here on, and nothing is before.
    pub fn restart(&mut self, at: Sequence) {
        self.known.clear();
        self.open.clear();
        self.groups.retain(|_, group| {
            group.ready.clear();
            group.in_flight > 0
        });
        self.edge.draw(at);
    }

    /// Where to read on, if nothing that is known can be received and there may be more.
    pub fn begin(&mut self) -> Option<Sequence> {
        let has_some = match self.known.first_key_value() {
            Some((_, Some(_))) => !self.open.is_empty(),
            first => first.is_some(),
        };
        // AWS: so many messages are looked through for a group of which none is in flight.
        let is_full = self.known.len() + self.reach.part > self.reach.most;
        if has_some || is_full { None } else { self.edge.begin() }
    }

    /// What was read before `next`.
    pub fn learn(&mut self, read: Vec<(Sequence, Option<Arc<str>>)>, next: Option<Sequence>) {
        let edge = self.edge.end(next);
        for (sequence, group) in read {
            if edge.is_none_or(|edge| sequence < edge) {
                self.insert(sequence, group);
            }
        }
        self.bound();
    }

    /// One name for all messages of a group.
    pub fn shared(&self, group: &str) -> Arc<str> {
        self.groups.get_key_value(group).map_or_else(|| Arc::from(group), |(name, _)| name.clone())
    }

    fn close(&mut self, group: &Arc<str>) {
        if let Some(first) = self.groups.get(group).and_then(|group| group.ready.first()) {
            self.open.remove(first);
        }
    }

    /// Its first message can be received, unless another one is in flight. A group without messages is forgotten.
    fn reopen(&mut self, group: &Arc<str>) {
        let Some(of_group) = self.groups.get(group) else { return };
        match of_group.ready.first() {
            _ if of_group.in_flight > 0 => {}
            Some(first) => drop(self.open.insert(*first, group.clone())),
            None => drop(self.groups.remove(group)),
        }
    }
}
