//! The calls that wait for room on the machine, and whose turn it is: the function that works least, in memory, comes
//! first (max-min fairness), so that none starves another however many calls it has waiting.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use model::{AccountId, Arn, Time};
use sandbox::Launch;

use crate::fleet::Fleet;

/// The waiting calls; `T` is how a call is told that its turn has come.
#[derive(Debug)]
pub struct Queue<T> {
    functions: HashMap<Arn, VecDeque<Waiting<T>>>,
    accounts: HashMap<AccountId, usize>,
    length: usize,
    next: u64,
}

#[derive(Debug)]
pub struct Waiting<T> {
    /// In order of arrival.
    ticket: u64,
    pub launch: Arc<Launch>,
    /// From then on the room that it needs is kept for it, though others could use it.
    insists: Time,
    pub tell: T,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { functions: HashMap::new(), accounts: HashMap::new(), length: 0, next: 0 }
    }
}

impl<T> Queue<T> {
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub fn of_account(&self, account: &AccountId) -> usize {
        self.accounts.get(account).copied().unwrap_or(0)
    }

    pub fn of_function(&self, function: &Arn) -> usize {
        self.functions.get(function).map_or(0, VecDeque::len)
    }

    /// Returns its ticket.
    pub fn join(&mut self, launch: Arc<Launch>, insists: Time, tell: T) -> u64 {
        self.next += 1;
        self.length += 1;
        *self.accounts.entry(launch.account.clone()).or_default() += 1;
        let waiting = Waiting { ticket: self.next, launch, insists, tell };
        self.functions.entry(waiting.launch.function.clone()).or_default().push_back(waiting);
        self.next
    }

    /// Whose first call is next, then whose if that one finds no room, and so on.
    pub fn turns(&self, fleet: &Fleet) -> Vec<Arn> {
        let turn = |(function, calls): (&Arn, &VecDeque<Waiting<T>>)| {
            let first = calls.front().map(|waiting| waiting.ticket);
            (fleet.working_memory(function), first, function.clone())
        };
        let mut turns: Vec<_> = self.functions.iter().map(turn).collect();
        turns.sort();
        turns.into_iter().map(|(_, _, function)| function).collect()
    }

    pub fn first(&self, function: &Arn) -> Option<&Waiting<T>> {
        self.functions.get(function)?.front()
    }

    /// Whether the first call of this function, for which there is no room, keeps others from what room there is. It
    /// does when it asks for no more than its share of the machine, and when it has waited for long.
    pub fn insists(&self, function: &Arn, wanted: u64, budget: u64, now: Time) -> bool {
        let share = budget / self.functions.len().max(1) as u64;
        wanted <= share || self.first(function).is_some_and(|waiting| waiting.insists <= now)
    }

    pub fn take_first(&mut self, function: &Arn) -> Option<Waiting<T>> {
        let ticket = self.first(function)?.ticket;
        self.take(function, ticket)
    }

    /// All of them.
    pub fn into_all(self) -> impl Iterator<Item = Waiting<T>> {
        self.functions.into_values().flatten()
    }

    /// Takes one out; `None` when its turn has come meanwhile.
    pub fn take(&mut self, function: &Arn, ticket: u64) -> Option<Waiting<T>> {
        let calls = self.functions.get_mut(function)?;
        let place = calls.iter().position(|waiting| waiting.ticket == ticket)?;
        let taken = calls.remove(place)?;
        if calls.is_empty() {
            self.functions.remove(function);
        }
        self.length -= 1;
        if let Some(count) = self.accounts.get_mut(&taken.launch.account) {
            *count -= 1;
            if *count == 0 {
                self.accounts.remove(&taken.launch.account);
            }
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::launch;

    fn turns(queue: &Queue<()>, fleet: &Fleet) -> Vec<String> {
        queue
            .turns(fleet)
            .iter()
            .map(|function| function.to_string().rsplit(':').next().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn who_works_least_comes_first_and_then_who_came_first() {
        let (mut queue, mut fleet) = (Queue::default(), Fleet::default());
        let now = Time::from_millis(0);
        for name in ["a", "a", "b", "c"] {
            queue.join(Arc::new(launch(name, 100)), now, ());
        }
        assert_eq!(turns(&queue, &fleet), ["a", "b", "c"]);
        fleet.begin(&Arc::new(launch("a", 100)), now);
        fleet.begin(&Arc::new(launch("b", 50)), now);
        assert_eq!(turns(&queue, &fleet), ["c", "b", "a"]);
        let a = launch("a", 100).function;
        assert!(queue.take_first(&a).is_some() && queue.take_first(&a).is_some());
        assert_eq!((turns(&queue, &fleet).len(), queue.len()), (2, 2));
        assert_eq!(queue.of_account(&launch("a", 100).account), 2);
    }

    #[test]
    fn room_is_kept_for_a_fair_share_and_for_who_waited_long() {
        let mut queue = Queue::default();
        let long = Time::from_millis(5_000);
        queue.join(Arc::new(launch("a", 100)), long, ());
        queue.join(Arc::new(launch("b", 100)), long, ());
        let a = launch("a", 100).function;
        for (wanted, second, expected) in [(50, 0, true), (51, 0, false), (51, 5, true)] {
            assert_eq!(queue.insists(&a, wanted, 100, Time::from_millis(second * 1000)), expected);
        }
    }
}
