//! The fleet as facts: which instances there are, what they do, and how their functions have been called.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use model::{AccountId, Arn, Time};
use sandbox::{Launch, LaunchKey};

use crate::gaps::Gaps;
use crate::habits::{Ahead, Habits};

/// Names an instance within this dispatch.
pub type InstanceId = u64;

/// What is known of every instance, and of the functions that were called lately.
#[derive(Debug, Default)]
pub struct Fleet {
    instances: BTreeMap<InstanceId, Entry>,
    next: InstanceId,
    /// Those that wait for work, by since when: a warm call looks at nothing else.
    idle: HashMap<LaunchKey, BTreeSet<(Time, InstanceId)>>,
    /// The same, by when their time is over.
    ends: BTreeSet<(Time, InstanceId)>,
    /// What those hold, in bytes.
    idle_memory: u64,
    /// Calls under way.
    calls: HashMap<AccountId, usize>,
    /// The same by function.
    working: HashMap<Arn, Working>,
    /// The memory sizes of all that are not idle, in MiB.
    busy_memory: u64,
    habits: Habits,
    /// How many of a key stay, whether or not they are called.
    kept: HashMap<LaunchKey, usize>,
}

/// Calls of a function that are under way, and the memory sizes of the instances that work for them, in MiB.
#[derive(Debug, Default, Clone, Copy)]
struct Working {
    calls: usize,
    mib: u64,
}

#[derive(Debug, Clone)]
struct Entry {
    launch: Arc<Launch>,
    started: Time,
    calls: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Working, or being started for a call. A retired one ends with its call.
    Busy {
        retired: bool,
    },
    /// Being started ahead of a call, to be kept until then.
    Ahead {
        retired: bool,
        until: Time,
    },
    Idle {
        since: Time,
        until: Time,
        memory: u64,
    },
}

/// An instance without work.
#[derive(Debug, Clone, Copy)]
pub struct Idle<'a> {
    pub id: InstanceId,
    pub since: Time,
    /// What it holds, in bytes.
    pub memory: u64,
    /// Of its function.
    pub gaps: &'a Gaps,
}

/// An instance as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceStatus {
    pub key: LaunchKey,
    pub account: AccountId,
    pub function_name: String,
    pub memory_mib: u32,
    pub started: Time,
    /// Calls that it was given so far.
    pub calls: u64,
    pub state: InstanceState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceState {
    Busy,
    /// With what it holds, in bytes.
    Idle {
        since: Time,
        memory: u64,
    },
}

impl Fleet {
    /// A new instance, busy from its first moment.
    pub fn begin(&mut self, launch: &Arc<Launch>, now: Time) -> InstanceId {
        self.habits.called(&launch.function, now);
        self.habits.started(&launch.function, now);
        self.insert(launch, now, State::Busy { retired: false })
    }

    /// A new instance that no call waits for, to be kept until then.
    pub fn begin_ahead(&mut self, launch: &Arc<Launch>, until: Time, now: Time) -> InstanceId {
        self.insert(launch, now, State::Ahead { retired: false, until })
    }

    fn insert(&mut self, launch: &Arc<Launch>, now: Time, state: State) -> InstanceId {
        self.next += 1;
        let calls = u64::from(matches!(state, State::Busy { .. }));
        let entry = Entry { launch: Arc::clone(launch), started: now, calls, state };
        self.instances.insert(self.next, entry);
        self.arrive(self.next);
        self.next
    }

    /// An idle instance gets a call.
    pub fn take(&mut self, id: InstanceId, now: Time) {
        self.leave(id);
        let Some(entry) = self.instances.get_mut(&id) else { return };
        entry.state = State::Busy { retired: false };
        entry.calls += 1;
        self.habits.called(&entry.launch.function, now);
        self.arrive(id);
    }

    /// Makes it idle, for as long as that pays when a cold start is worth `worth`; `false` when it was retired
    /// meanwhile, or that does not pay at all, and it has to end: nobody gets it then, however soon he calls.
    pub fn give_back(&mut self, id: InstanceId, now: Time, memory: u64, worth: Duration) -> bool {
        let Some(entry) = self.instances.get(&id) else { return false };
        let until = match entry.state {
            State::Busy { retired: false } => now + self.habits.ended(&entry.launch, now, worth),
            State::Ahead { retired: false, until } => until,
            State::Busy { .. } | State::Ahead { .. } | State::Idle { .. } => return false,
        };
        if until <= now && !self.is_needed(&entry.launch.key) {
            return false;
        }
        self.leave(id);
        let Some(entry) = self.instances.get_mut(&id) else { return false };
        entry.state = State::Idle { since: now, until, memory };
        self.arrive(id);
        true
    }

    /// So many instances of a key stay, whether or not they are called; none are held for 0. What is there and no longer stays
    /// is looked at now.
    pub fn keep(&mut self, key: &LaunchKey, count: usize, now: Time) {
        if count > 0 {
            self.kept.insert(key.clone(), count);
            return;
        }
        self.kept.remove(key);
        let idle: Vec<_> = self.idle.get(key).into_iter().flatten().map(|(_, id)| *id).collect();
        idle.into_iter().for_each(|id| self.end_at(id, now));
    }

    /// Gives an idle instance until then, if it is one of those that stay.
    pub fn stay(&mut self, id: InstanceId, until: Time) -> bool {
        let needed = self.instances.get(&id).is_some_and(|entry| self.is_needed(&entry.launch.key));
        if needed {
            self.end_at(id, until);
        }
        needed
    }

    fn end_at(&mut self, id: InstanceId, time: Time) {
        self.leave(id);
        if let Some(Entry { state: State::Idle { until, .. }, .. }) = self.instances.get_mut(&id) {
            *until = time;
        }
        self.arrive(id);
    }

    /// Whether every instance of a key is one that stays.
    fn is_needed(&self, key: &LaunchKey) -> bool {
        self.kept.get(key).is_some_and(|kept| self.count(key) <= *kept)
    }

    /// Instances of a key, whatever they do.
    pub fn count(&self, key: &LaunchKey) -> usize {
        self.instances.values().filter(|entry| entry.launch.key == *key).count()
    }

    /// Those that have been initialised.
    pub fn ready(&self, key: &LaunchKey) -> usize {
        let all = self.instances.values().filter(|entry| entry.launch.key == *key);
        all.filter(|entry| !matches!(entry.state, State::Ahead { .. })).count()
    }

    pub fn end(&mut self, id: InstanceId) {
        self.leave(id);
        self.instances.remove(&id);
    }

    /// Puts it into the sums and indexes that its state has it in.
    fn arrive(&mut self, id: InstanceId) {
        let Some(Entry { launch, state, .. }) = self.instances.get(&id) else { return };
        let size = u64::from(launch.limits.memory_mib);
        match *state {
            State::Idle { since, until, memory } => {
                self.idle.entry(launch.key.clone()).or_default().insert((since, id));
                self.ends.insert((until, id));
                self.idle_memory += memory;
            }
            State::Busy { .. } => {
                *self.calls.entry(launch.account.clone()).or_default() += 1;
                let working = self.working.entry(launch.function.clone()).or_default();
                working.calls += 1;
                working.mib += size;
                self.busy_memory += size;
            }
            State::Ahead { .. } => self.busy_memory += size,
        }
    }

    /// Takes it out of them.
    fn leave(&mut self, id: InstanceId) {
        let Some(Entry { launch, state, .. }) = self.instances.get(&id) else { return };
        let size = u64::from(launch.limits.memory_mib);
        match *state {
            State::Idle { since, until, memory } => {
                self.ends.remove(&(until, id));
                self.idle_memory -= memory;
                if let Some(idle) = self.idle.get_mut(&launch.key) {
                    idle.remove(&(since, id));
                    if idle.is_empty() {
                        self.idle.remove(&launch.key);
                    }
                }
            }
            State::Busy { .. } => {
                self.busy_memory -= size;
                if let Some(calls) = self.calls.get_mut(&launch.account) {
                    *calls -= 1;
                    if *calls == 0 {
                        self.calls.remove(&launch.account);
                    }
                }
                if let Some(working) = self.working.get_mut(&launch.function) {
                    working.calls -= 1;
                    working.mib -= size;
                    if working.calls == 0 {
                        self.working.remove(&launch.function);
                    }
                }
            }
            State::Ahead { .. } => self.busy_memory -= size,
        }
    }

    /// The idle instance of a key that worked last.
    pub fn warmest(&self, key: &LaunchKey) -> Option<InstanceId> {
        self.idle.get(key)?.last().map(|(_, id)| *id)
    }

    /// The idle instances with the ends of their time, the first one first.
    pub fn ends(&self) -> impl Iterator<Item = (Time, InstanceId)> {
        self.ends.iter().copied()
    }

    /// Those without work that may be ended for others' sake.
    pub fn idle(&self) -> impl Iterator<Item = Idle<'_>> {
        self.instances.iter().filter_map(|(id, entry)| match entry.state {
            State::Idle { since, memory, .. } if !self.is_needed(&entry.launch.key) => {
                let gaps = self.habits.gaps(&entry.launch.function);
                Some(Idle { id: *id, since, memory, gaps })
            }
            State::Idle { .. } | State::Busy { .. } | State::Ahead { .. } => None,
        })
    }

    /// What all idle ones hold, in bytes.
    pub fn idle_memory(&self) -> u64 {
        self.idle_memory
    }

    /// The memory sizes of all others, in MiB.
    pub fn busy_memory(&self) -> u64 {
        self.busy_memory
    }

    /// The memory sizes of those that work for calls of a function, in MiB.
    pub fn working_memory(&self, function: &Arn) -> u64 {
        self.working.get(function).map_or(0, |working| working.mib)
    }

    /// Calls of a function that are under way.
    pub fn calls_of_function(&self, function: &Arn) -> usize {
        self.working.get(function).map_or(0, |working| working.calls)
    }

    /// Calls of an account that are under way.
    pub fn calls_of(&self, account: &AccountId) -> usize {
        self.calls.get(account).copied().unwrap_or(0)
    }

    /// Calls that are under way.
    pub fn calls(&self) -> usize {
        self.calls.values().sum()
    }

    /// Whether a function may have one more instance now, as fast as it grows.
    pub fn may_start(&self, function: &Arn, now: Time) -> bool {
        self.habits.may_start(function, now)
    }

    /// The starts ahead of calls whose time has come, of functions that have no instance.
    pub fn take_ahead(&mut self, now: Time) -> Vec<Ahead> {
        let mut come = self.habits.take_ahead(now);
        come.retain(|ahead| !self.idle.contains_key(&ahead.launch.key));
        come
    }

    /// When the next one's time comes.
    pub fn next_ahead(&self) -> Option<Time> {
        self.habits.next_ahead()
    }

    /// The idle instances of `key`; its others are told to end with what they do.
    pub fn retire(&mut self, key: &LaunchKey) -> Vec<InstanceId> {
        self.habits.retire(key);
        self.kept.remove(key);
        let mut idle = Vec::new();
        for (id, entry) in self.instances.iter_mut().filter(|(_, entry)| entry.launch.key == *key) {
            match &mut entry.state {
                State::Busy { retired } | State::Ahead { retired, .. } => *retired = true,
                State::Idle { .. } => idle.push(*id),
            }
        }
        idle
    }

    pub fn has(&self, key: &LaunchKey) -> bool {
        self.instances.values().any(|entry| entry.launch.key == *key)
    }

    pub fn status(&self) -> Vec<InstanceStatus> {
        let status = |entry: &Entry| InstanceStatus {
            key: entry.launch.key.clone(),
            account: entry.launch.account.clone(),
            function_name: entry.launch.function_name.clone(),
            memory_mib: entry.launch.limits.memory_mib,
            started: entry.started,
            calls: entry.calls,
            state: match entry.state {
                State::Busy { .. } | State::Ahead { .. } => InstanceState::Busy,
                State::Idle { since, memory, .. } => InstanceState::Idle { since, memory },
            },
        };
        self.instances.values().map(status).collect()
    }
}
