//! Which messages of a queue can be received: in memory the places of those in flight and of those that come next. The
//! store has all.

mod delayed;
mod edge;
mod ready;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use model::Time;

use super::message::{Place, Sequence};
use delayed::Delayed;
pub use delayed::Due;
pub use edge::Reach;
use ready::Ready;

/// The places of a queue's messages.
#[derive(Debug)]
pub struct Index {
    ready: Ready,
    delayed: Delayed,
    /// Received, and neither deleted nor visible again: all of them.
    flights: HashMap<Sequence, Flight>,
    /// The same, by when they are visible again.
    landings: BTreeSet<(Time, Sequence)>,
    /// What was due until then is delayed no more, even if the clock was set back since.
    landed: Time,
}

#[derive(Debug)]
struct Flight {
    until: Time,
    receipt: u64,
    group: Option<Arc<str>>,
}

/// A message that was taken: nobody else gets it before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub sequence: Sequence,
    pub receipt: u64,
    pub until: Time,
}

/// What is to be read before more can be taken, from where on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    Delayed(Due),
    Messages(Sequence),
}

/// Why a receipt does not speak of a message in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotInFlight {
    /// Nobody has it in hands, if there still is one.
    Landed,
    /// It was received again.
    Other,
}

impl Index {
    /// Of a queue whose messages are in the store. Those in flight are to be added.
    pub fn new(reach: Reach, now: Time) -> Self {
        let (flights, landings) = Default::default();
        Self { ready: Ready::new(reach), delayed: Delayed::new(reach, now), flights, landings, landed: now }
    }

    /// A message that the store has and that can be received from `visible` on.
    pub fn add(&mut self, sequence: Sequence, group: Option<&str>, visible: Time, now: Time) {
        let group = group.map(|group| self.ready.shared(group));
        if visible > now {
            self.delayed.add((visible, sequence), group);
        } else {
            self.make_ready(sequence, group);
        }
    }

    /// A message that was received before this process began.
    pub fn add_in_flight(&mut self, sequence: Sequence, group: Option<&str>, until: Time, receipt: u64) {
        // Of a message whose time was changed twice at once there may be two rows.
        if let Some(group) = self.end_flight(sequence) {
            group.iter().for_each(|group| self.ready.release(group));
        }
        let group = group.map(|group| self.ready.shared(group));
        if let Some(group) = &group {
            self.ready.hold(group);
        }
        self.fly(sequence, Flight { until, receipt, group });
    }

    /// Up to so many of those that are known, none of which anybody else gets before `until`.
    pub fn take(
        &mut self,
        most: usize,
        now: Time,
        until: Time,
        mut receipt: impl FnMut() -> u64,
    ) -> Vec<Taken> {
        self.land(now);
        let (mut taken, mut groups) = (Vec::new(), Vec::new());
        while taken.len() < most
            && let Some((sequence, group)) = self.ready.pop()
        {
            let receipt = receipt();
            groups.extend(group.clone());
            self.fly(sequence, Flight { until, receipt, group });
            taken.push(Taken { sequence, receipt, until });
        }
        // What was taken of a group at once keeps its order; the next taking waits for all of it.
        groups.iter().for_each(|group| self.ready.seal(group));
        taken
    }

    /// What has to be read before anything can be taken, or before it is the turn of those that are known. `learn_*` tells
    /// what was read; one reading at a time.
    pub fn begin_reading(&mut self, now: Time) -> Option<Unread> {
        self.land(now);
        let delayed = self.delayed.begin(now).map(Unread::Delayed);
        delayed.or_else(|| self.ready.begin().map(Unread::Messages))
    }

    /// Delays that were read, all before `next`.
    pub fn learn_delayed(&mut self, read: Vec<(Due, Option<String>)>, next: Option<Due>, now: Time) {
        let shared = |group: Option<String>| group.map(|group| self.ready.shared(&group));
        let read = read.into_iter().map(|(due, group)| (due, shared(group))).collect();
        self.delayed.learn(read, next);
        self.land(now);
    }

    /// Messages that were read, all before `next`; with their groups, if they keep their place in one.
    pub fn learn_messages(&mut self, read: Vec<(Place, Option<String>)>, next: Option<Sequence>) {
        // Of what was received memory knows more than those rows said.
        let is_ready =
            |place: &Place| !place.is_delayed(self.landed) && !self.flights.contains_key(&place.sequence);
        let ready = read.into_iter().filter(|(place, _)| is_ready(place));
        let shared = |group: Option<String>| group.map(|group| self.ready.shared(&group));
        let ready = ready.map(|(place, group)| (place.sequence, shared(group))).collect();
        self.ready.learn(ready, next);
    }

    /// When the next one that is delayed or in flight can be received.
    pub fn next_due(&self) -> Option<Time> {
        let landing = self.landings.first().map(|(time, _)| *time);
        self.delayed.next().into_iter().chain(landing).min()
    }

    /// Rows of delays and flights that say nothing any more are before this.
    pub fn over(&mut self, now: Time) -> Time {
        self.land(now);
        self.delayed.over(now)
    }

    /// Whether a receipt is that of a message's last receive and its time is not over.
    pub fn check(&mut self, sequence: Sequence, receipt: u64, now: Time) -> Result<(), NotInFlight> {
        self.land(now);
        match self.flights.get(&sequence) {
            Some(flight) if flight.receipt == receipt => Ok(()),
            Some(_) => Err(NotInFlight::Other),
            None => Err(NotInFlight::Landed),
        }
    }

    /// A message in flight is visible again then.
    pub fn hide(&mut self, sequence: Sequence, until: Time, now: Time) {
        if let Some(flight) = self.flights.get_mut(&sequence) {
            self.landings.remove(&(flight.until, sequence));
            flight.until = until;
            self.landings.insert((until, sequence));
        }
        self.land(now);
    }

    /// It is gone, wherever it was.
    pub fn remove(&mut self, sequence: Sequence) {
        if let Some(group) = self.end_flight(sequence) {
            group.iter().for_each(|group| self.ready.release(group));
            return;
        }
        self.ready.remove(sequence);
        self.delayed.remove(sequence);
    }

    /// Those that were sent before are about to go: none of them is given out any more, unless it comes back by itself.
    pub fn remove_before(&mut self, floor: Sequence) {
        let doomed: Vec<_> = self.flights.keys().copied().filter(|sequence| *sequence < floor).collect();
        doomed.into_iter().for_each(|sequence| self.remove(sequence));
        self.delayed.remove_before(floor);
        self.ready.restart(floor);
    }

    /// Some may be there that were taken for gone.
    pub fn look_anew(&mut self) {
        self.ready.restart(0);
    }

    pub fn in_flight(&mut self, now: Time) -> usize {
        self.land(now);
        self.flights.len()
    }

    /// Those whose delay or visibility time-out is over can be received.
    fn land(&mut self, now: Time) {
        self.landed = self.landed.max(now);
        while let Some((sequence, group)) = self.delayed.pop(now) {
            self.make_ready(sequence, group);
        }
        while let Some((_, sequence)) = self.landings.first().filter(|(time, _)| *time <= now).copied() {
            if let Some(group) = self.end_flight(sequence) {
                group.iter().for_each(|group| self.ready.release(group));
                self.make_ready(sequence, group);
            }
        }
    }

    /// Unless it was received already: its rows may have been read before its sender was answered.
    fn make_ready(&mut self, sequence: Sequence, group: Option<Arc<str>>) {
        if !self.flights.contains_key(&sequence) {
            self.ready.add(sequence, group);
        }
    }

    fn fly(&mut self, sequence: Sequence, flight: Flight) {
        self.landings.insert((flight.until, sequence));
        self.flights.insert(sequence, flight);
    }

    /// The group that it was of, if it was in flight.
    fn end_flight(&mut self, sequence: Sequence) -> Option<Option<Arc<str>>> {
        let flight = self.flights.remove(&sequence)?;
        self.landings.remove(&(flight.until, sequence));
        Some(flight.group)
    }
}

#[cfg(test)]
mod tests;
