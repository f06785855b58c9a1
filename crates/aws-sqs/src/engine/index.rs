//! Which messages of a queue can be received, in memory: their places alone. The store has the messages.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use model::Time;

use super::message::{COUNT_BITS, Sequence};

/// The places of a queue's messages.
#[derive(Debug, Default)]
pub struct Index {
    /// Those that anybody may receive, of a standard queue.
    ready: BTreeSet<Sequence>,
    /// The same of a FIFO queue, by group.
    groups: HashMap<Arc<str>, Group>,
    /// The groups that have something to be received, by their first message.
    open: BTreeMap<Sequence, Arc<str>>,
    /// Sent, and not to be received yet.
    delayed: BTreeMap<(Time, Sequence), Option<Arc<str>>>,
    /// Received, and neither deleted nor visible again.
    flights: HashMap<Sequence, Flight>,
    /// The same, by when they are visible again.
    landings: BTreeSet<(Time, Sequence)>,
}

#[derive(Debug, Default)]
struct Group {
    ready: BTreeSet<Sequence>,
    /// Messages of it that are in flight: until there are none, nobody gets another.
    in_flight: usize,
}

#[derive(Debug)]
struct Flight {
    until: Time,
    receipt: u64,
    group: Option<Arc<str>>,
}

/// How many messages there are, in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub visible: usize,
    pub in_flight: usize,
    pub delayed: usize,
}

/// Why a receipt does not speak of a message in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotInFlight {
    /// Its time is over, though nobody has received it since.
    Landed,
    /// It was received again, or deleted.
    Gone,
}

impl Index {
    /// A message that can be received from `visible` on.
    pub fn add(&mut self, sequence: Sequence, group: Option<&str>, visible: Time, now: Time) {
        let group = group.map(|group| self.shared(group));
        if visible > now {
            self.delayed.insert((visible, sequence), group);
        } else {
            self.make_ready(sequence, group);
        }
    }

    /// A message that was received before this process began.
    pub fn add_in_flight(&mut self, sequence: Sequence, group: Option<&str>, until: Time, receipt: u64) {
        let group = group.map(|group| self.shared(group));
        self.fly(sequence, Flight { until, receipt, group });
    }

    /// Up to so many, none of which anybody else gets before `until`.
    pub fn take(
        &mut self,
        most: usize,
        now: Time,
        until: Time,
        mut receipt: impl FnMut() -> u64,
    ) -> Vec<(Sequence, u64)> {
        self.land(now);
        let mut taken = Vec::new();
        while taken.len() < most {
            let Some((sequence, group)) = self.next() else { break };
            let receipt = receipt();
            self.fly(sequence, Flight { until, receipt, group });
            taken.push((sequence, receipt));
        }
        // What was taken of a group at once keeps its order; the next taking waits for all of it.
        let groups: Vec<_> =
            taken.iter().filter_map(|(sequence, _)| self.flights.get(sequence)?.group.clone()).collect();
        groups.iter().for_each(|group| self.close(group));
        taken
    }

    /// The first message that can be received; of a group that one was taken of just now, the next.
    fn next(&mut self) -> Option<(Sequence, Option<Arc<str>>)> {
        if let Some(sequence) = self.ready.pop_first() {
            return Some((sequence, None));
        }
        let (sequence, group) = self.open.pop_first()?;
        let ready = &mut self.groups.get_mut(&group)?.ready;
        ready.remove(&sequence);
        if let Some(next) = ready.first() {
            self.open.insert(*next, group.clone());
        }
        Some((sequence, Some(group)))
    }

    /// When the next one that is delayed or in flight can be received.
    pub fn next_due(&self) -> Option<Time> {
        let delayed = self.delayed.first_key_value().map(|((time, _), _)| *time);
        let landing = self.landings.first().map(|(time, _)| *time);
        delayed.into_iter().chain(landing).min()
    }

    /// Whether a receipt is that of a message's last receive and its time is not over.
    pub fn check(&mut self, sequence: Sequence, receipt: u64, now: Time) -> Result<(), NotInFlight> {
        self.land(now);
        match self.flights.get(&sequence) {
            Some(flight) if flight.receipt == receipt => Ok(()),
            Some(_) => Err(NotInFlight::Gone),
            None if self.is_ready(sequence) => Err(NotInFlight::Landed),
            None => Err(NotInFlight::Gone),
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
        if self.ready.remove(&sequence) {
            return;
        }
        if let Some(group) = self.end_flight(sequence) {
            if let Some(group) = group {
                self.reopen(&group);
            }
            return;
        }
        if let Some(group) = self.group_of_ready(sequence) {
            self.close(&group);
            if let Some(of_group) = self.groups.get_mut(&group) {
                of_group.ready.remove(&sequence);
            }
            self.reopen(&group);
            return;
        }
        self.delayed.retain(|(_, delayed), _| *delayed != sequence);
    }

    pub fn counts(&mut self, now: Time) -> Counts {
        self.land(now);
        let in_groups: usize = self.groups.values().map(|group| group.ready.len()).sum();
        Counts {
            visible: self.ready.len() + in_groups,
            in_flight: self.flights.len(),
            delayed: self.delayed.len(),
        }
    }

    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// Whether there is such a message, wherever.
    pub fn is_known(&self, sequence: Sequence) -> bool {
        self.is_ready(sequence)
            || self.flights.contains_key(&sequence)
            || self.delayed.keys().any(|(_, delayed)| *delayed == sequence)
    }

    /// All that were sent before a time, oldest first, up to so many.
    pub fn sent_before(&self, time: Time, most: usize) -> Vec<Sequence> {
        let bound = (time.as_millis().max(0) as u64) << COUNT_BITS;
        let mut old: Vec<_> = self.all().filter(|sequence| *sequence < bound).collect();
        old.sort_unstable();
        old.truncate(most);
        old
    }

    fn all(&self) -> impl Iterator<Item = Sequence> {
        let groups = self.groups.values().flat_map(|group| group.ready.iter().copied());
        let delayed = self.delayed.keys().map(|(_, sequence)| *sequence);
        self.ready.iter().copied().chain(groups).chain(delayed).chain(self.flights.keys().copied())
    }

    /// Those whose delay or visibility time-out is over can be received.
    fn land(&mut self, now: Time) {
        while let Some(((time, sequence), _)) =
            self.delayed.first_key_value().filter(|((time, _), _)| *time <= now)
        {
            let key = (*time, *sequence);
            let group = self.delayed.remove(&key).flatten();
            self.make_ready(key.1, group);
        }
        while let Some((_, sequence)) = self.landings.first().filter(|(time, _)| *time <= now).copied() {
            if let Some(group) = self.end_flight(sequence) {
                self.make_ready(sequence, group);
            }
        }
    }

    fn fly(&mut self, sequence: Sequence, flight: Flight) {
        if let Some(group) = &flight.group {
            self.close(group);
            self.groups.entry(group.clone()).or_default().in_flight += 1;
            // Others of the group that are ready stay takeable within the same taking.
            if let Some(next) = self.groups.get(group).and_then(|group| group.ready.first()) {
                self.open.insert(*next, group.clone());
            }
        }
        self.landings.insert((flight.until, sequence));
        self.flights.insert(sequence, flight);
    }

    /// The group that it was of, if it was in flight and of one.
    fn end_flight(&mut self, sequence: Sequence) -> Option<Option<Arc<str>>> {
        let flight = self.flights.remove(&sequence)?;
        self.landings.remove(&(flight.until, sequence));
        if let Some(of_group) = flight.group.as_ref().and_then(|group| self.groups.get_mut(group)) {
            of_group.in_flight -= 1;
        }
        Some(flight.group)
    }

    fn make_ready(&mut self, sequence: Sequence, group: Option<Arc<str>>) {
        match group {
            None => drop(self.ready.insert(sequence)),
            Some(group) => {
                self.close(&group);
                self.groups.entry(group.clone()).or_default().ready.insert(sequence);
                self.reopen(&group);
            }
        }
    }

    /// Nobody gets anything of the group.
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

    fn is_ready(&self, sequence: Sequence) -> bool {
        self.ready.contains(&sequence) || self.group_of_ready(sequence).is_some()
    }

    fn group_of_ready(&self, sequence: Sequence) -> Option<Arc<str>> {
        let found = self.groups.iter().find(|(_, group)| group.ready.contains(&sequence));
        found.map(|(name, _)| name.clone())
    }

    fn shared(&self, group: &str) -> Arc<str> {
        self.groups.get_key_value(group).map_or_else(|| Arc::from(group), |(name, _)| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_millis(seconds * 1000)
    }

    /// Plays `add 1[/g][@visible]`, `take n@now`, `hide 1@until`, `remove 1`, `at now`; `take` tells what it got.
    fn play(script: &str) -> Vec<Vec<Sequence>> {
        let (mut index, mut takes) = (Index::default(), Vec::new());
        for step in script.split("; ") {
            let (verb, rest) = step.split_once(' ').unwrap();
            let (what, time) = rest.split_once('@').unwrap_or((rest, "0"));
            let (what, group) =
                what.split_once('/').map_or((what, None), |(what, group)| (what, Some(group)));
            let (number, time) = (what.parse().unwrap(), at(time.parse().unwrap()));
            match verb {
                "add" => index.add(number, group, time, at(0)),
                "fly" => index.add_in_flight(number, group, time, 1),
                "hide" => index.hide(number, time, at(1)),
                "remove" => index.remove(number),
                "take" => {
                    let until = Time::from_millis(time.as_millis() + 30_000);
                    let taken = index.take(number as usize, time, until, || 1);
                    takes.push(taken.into_iter().map(|(sequence, _)| sequence).collect());
                }
                other => panic!("no such step: {other}"),
            }
        }
        takes
    }

    #[test]
    fn messages_are_taken_in_turn_and_come_back() {
        for (script, expected) in [
            ("take 1@0", vec![vec![]]),
            (
                "add 1; add 2; take 1@0; take 9@0; take 1@29; take 9@30",
                vec![vec![1], vec![2], vec![], vec![1, 2]],
            ),
            ("add 1@5; take 1@4; take 1@5", vec![vec![], vec![1]]),
            ("add 1; take 1@0; hide 1@0; take 1@1", vec![vec![1], vec![1]]),
            ("add 1; take 1@0; hide 1@100; take 1@99; take 1@100", vec![vec![1], vec![], vec![1]]),
            ("add 1; take 1@0; remove 1; take 1@99", vec![vec![1], vec![]]),
            ("add 1@9; remove 1; take 1@10", vec![vec![]]),
            ("fly 1@7; add 2; take 9@0; take 9@7", vec![vec![2], vec![1]]),
            // FIFO.
            ("add 1/a; add 2/a; add 3/b; take 1@0; take 9@0", vec![vec![1], vec![3]]),
            ("add 1/a; add 2/b; add 3/a; take 9@0; take 9@0", vec![vec![1, 2, 3], vec![]]),
            ("add 1/a; add 2/a; take 1@0; remove 1; take 9@0", vec![vec![1], vec![2]]),
            ("add 1/a; add 2/a; take 1@0; take 9@30", vec![vec![1], vec![1, 2]]),
            (
                "add 1/a; add 2/a; take 2@0; remove 2; take 9@0; remove 1; take 9@0",
                vec![vec![1, 2], vec![], vec![]],
            ),
            ("add 1/a; take 1@0; add 2/a; take 1@0; remove 1; take 1@0", vec![vec![1], vec![], vec![2]]),
            ("fly 1/a@7; add 2/a; take 9@0; take 9@7", vec![vec![], vec![1, 2]]),
            ("add 1/a; add 2/a; remove 1; take 9@0", vec![vec![2]]),
            ("add 1/a@5; add 2/a; take 9@0; take 9@5", vec![vec![2], vec![]]),
        ] {
            assert_eq!(play(script), expected, "{script}");
        }
    }

    #[test]
    fn what_is_where_is_counted_and_a_receipt_speaks_of_the_last_receive() {
        let mut index = Index::default();
        index.add(1, None, at(0), at(0));
        index.add(2, Some("g"), at(0), at(0));
        index.add(3, None, at(9), at(0));
        let counts = |index: &mut Index| {
            let counts = index.counts(at(0));
            (counts.visible, counts.in_flight, counts.delayed)
        };
        assert_eq!(counts(&mut index), (2, 0, 1));
        assert_eq!(index.next_due(), Some(at(9)));
        index.take(1, at(0), at(5), || 77);
        assert_eq!((counts(&mut index), index.next_due()), ((1, 1, 1), Some(at(5))));
        assert_eq!(index.check(1, 77, at(4)), Ok(()));
        assert_eq!(index.check(1, 76, at(4)), Err(NotInFlight::Gone));
        assert_eq!(index.check(1, 77, at(5)), Err(NotInFlight::Landed));
        assert_eq!(index.check(8, 77, at(5)), Err(NotInFlight::Gone));
    }
}
