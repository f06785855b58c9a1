//! The fleet as facts: which instances there are, what they do, and how their functions have been called.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use model::{AccountId, Arn, Time};
use sandbox::{Launch, LaunchKey};

use crate::gaps::Gaps;
use crate::keep;

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
    busy: HashMap<AccountId, usize>,
    habits: HashMap<Arn, Habit>,
}

/// How a function is called, whatever its revision.
#[derive(Debug, Default)]
struct Habit {
    gaps: Gaps,
    /// When its last call ended.
    last: Option<Time>,
}

/// Functions whose habits are remembered. Of more, the one that was called longest ago is forgotten.
const HABITS: usize = 100_000;

#[derive(Debug, Clone)]
struct Entry {
    key: LaunchKey,
    account: AccountId,
    function: Arn,
    function_name: String,
    memory_mib: u32,
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
    pub fn begin(&mut self, launch: &Launch, now: Time) -> InstanceId {
        self.called(&launch.function, now);
        self.next += 1;
        let entry = Entry {
            key: launch.key.clone(),
            account: launch.account.clone(),
            function: launch.function.clone(),
            function_name: launch.function_name.clone(),
            memory_mib: launch.limits.memory_mib,
            started: now,
            calls: 1,
            state: State::Busy { retired: false },
        };
        *self.busy.entry(entry.account.clone()).or_default() += 1;
        self.instances.insert(self.next, entry);
        self.next
    }

    /// An idle instance gets a call.
    pub fn take(&mut self, id: InstanceId, now: Time) {
        self.leave(id);
        let Some(entry) = self.instances.get_mut(&id) else { return };
        entry.state = State::Busy { retired: false };
        entry.calls += 1;
        *self.busy.entry(entry.account.clone()).or_default() += 1;
        let function = entry.function.clone();
        self.called(&function, now);
    }

    /// Makes it idle, for as long as that pays when a cold start is worth `worth` of keeping; `false` when it was retired
    /// meanwhile and has to end.
    pub fn give_back(&mut self, id: InstanceId, now: Time, memory: u64, worth: Duration) -> bool {
        match self.instances.get(&id) {
            Some(entry) if entry.state == (State::Busy { retired: false }) => {}
            _ => return false,
        }
        self.leave(id);
        let Some(entry) = self.instances.get_mut(&id) else { return false };
        let keep = match self.habits.get_mut(&entry.function) {
            Some(habit) => {
                habit.last = Some(now);
                keep::keep_for(&habit.gaps, worth)
            }
            None => worth,
        };
        entry.state = State::Idle { since: now, until: now + keep, memory };
        self.idle.entry(entry.key.clone()).or_default().insert((now, id));
        self.ends.insert((now + keep, id));
        true
    }

    pub fn end(&mut self, id: InstanceId) {
        self.leave(id);
        self.instances.remove(&id);
    }

    /// Takes it out of the index that its state has it in.
    fn leave(&mut self, id: InstanceId) {
        let Some(entry) = self.instances.get(&id) else { return };
        match entry.state {
            State::Idle { since, until, .. } => {
                self.ends.remove(&(until, id));
                if let Some(idle) = self.idle.get_mut(&entry.key) {
                    idle.remove(&(since, id));
                    if idle.is_empty() {
                        self.idle.remove(&entry.key);
                    }
                }
            }
            State::Busy { .. } => {
                if let Some(busy) = self.busy.get_mut(&entry.account) {
                    *busy -= 1;
                    if *busy == 0 {
                        self.busy.remove(&entry.account);
                    }
                }
            }
        }
    }

    /// Notes the gap that a call has ended.
    fn called(&mut self, function: &Arn, now: Time) {
        if !self.habits.contains_key(function) && self.habits.len() >= HABITS {
            let oldest = self.habits.iter().min_by_key(|(_, habit)| habit.last);
            if let Some(oldest) = oldest.map(|(function, _)| function.clone()) {
                self.habits.remove(&oldest);
            }
        }
        let habit = self.habits.entry(function.clone()).or_default();
        // While another instance works there is no gap.
        if let Some(last) = habit.last.take() {
            habit.gaps.add(now.since(last));
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

    pub fn idle(&self) -> impl Iterator<Item = Idle<'_>> {
        const UNKNOWN: &Gaps = &Gaps::new();
        self.instances.iter().filter_map(|(id, entry)| match entry.state {
            State::Idle { since, memory, .. } => {
                let gaps = self.habits.get(&entry.function).map_or(UNKNOWN, |habit| &habit.gaps);
                Some(Idle { id: *id, since, memory, gaps })
            }
            State::Busy { .. } => None,
        })
    }

    /// The memory sizes of those that work, in MiB.
    pub fn busy_memory(&self) -> impl Iterator<Item = u32> {
        let busy = self.instances.values().filter(|entry| matches!(entry.state, State::Busy { .. }));
        busy.map(|entry| entry.memory_mib)
    }

    pub fn busy_of(&self, account: &AccountId) -> usize {
        self.busy.get(account).copied().unwrap_or(0)
    }

    pub fn busy(&self) -> usize {
        self.busy.values().sum()
    }

    /// The idle instances of `key`; its busy ones are told to end with their calls.
    pub fn retire(&mut self, key: &LaunchKey) -> Vec<InstanceId> {
        let mut idle = Vec::new();
        for (id, entry) in self.instances.iter_mut().filter(|(_, entry)| entry.key == *key) {
            match &mut entry.state {
                State::Busy { retired } => *retired = true,
                State::Idle { .. } => idle.push(*id),
            }
        }
        idle
    }

    pub fn has(&self, key: &LaunchKey) -> bool {
        self.instances.values().any(|entry| entry.key == *key)
    }

    pub fn status(&self) -> Vec<InstanceStatus> {
        let status = |entry: &Entry| InstanceStatus {
            key: entry.key.clone(),
            account: entry.account.clone(),
            function_name: entry.function_name.clone(),
            memory_mib: entry.memory_mib,
            started: entry.started,
            calls: entry.calls,
            state: match entry.state {
                State::Busy { .. } => InstanceState::Busy,
                State::Idle { since, memory, .. } => InstanceState::Idle { since, memory },
            },
        };
        self.instances.values().map(status).collect()
    }
}
