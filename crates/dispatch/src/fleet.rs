//! The fleet as facts, and the decisions over it: plain functions of state, ask and now.

use std::collections::BTreeMap;

use model::{AccountId, Time};
use sandbox::{Launch, LaunchKey};

use crate::Settings;

/// Names an instance within this dispatch.
pub type InstanceId = u64;

/// What is known of every instance.
#[derive(Debug, Default)]
pub struct Fleet {
    instances: BTreeMap<InstanceId, Entry>,
    next: InstanceId,
}

#[derive(Debug, Clone)]
struct Entry {
    key: LaunchKey,
    account: AccountId,
    function: String,
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
        memory: u64,
    },
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

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    Reuse(InstanceId),
    /// A new instance, after these idle ones were ended to make room.
    Start {
        evict: Vec<InstanceId>,
    },
    /// The machine is full; something must end first.
    Wait,
    /// The account runs as much as it may.
    Throttle,
}

/// Decides where a call of `launch` goes. The warmest instance first: the others may then come to their end.
pub fn place(fleet: &Fleet, launch: &Launch, settings: &Settings) -> Placement {
    let busy = |entry: &&Entry| matches!(entry.state, State::Busy { .. });
    let of_account =
        fleet.instances.values().filter(|entry| entry.account == launch.account).filter(busy).count();
    if of_account >= settings.account_concurrency {
        return Placement::Throttle;
    }
    let idle = |entry: &Entry| match entry.state {
        State::Idle { since, memory } => Some((since, memory)),
        State::Busy { .. } => None,
    };
    let own = fleet.instances.iter().filter(|(_, entry)| entry.key == launch.key);
    if let Some((_, id)) = own.filter_map(|(id, entry)| Some((idle(entry)?.0, *id))).max() {
        return Placement::Reuse(id);
    }
    let wanted = counted(launch.limits.memory_mib, settings);
    let mut held = fleet.held(settings);
    let mut evict = Vec::new();
    let mut coldest: Vec<_> =
        fleet.instances.iter().filter_map(|(id, entry)| Some((idle(entry)?, *id))).collect();
    coldest.sort_unstable();
    for ((_, memory), id) in coldest {
        if held + wanted <= settings.memory_budget {
            break;
        }
        held -= memory;
        evict.push(id);
    }
    let fits = held + wanted <= settings.memory_budget;
    // A function larger than the whole budget still runs, alone.
    if fits || !fleet.instances.values().any(|entry| busy(&entry)) {
        Placement::Start { evict }
    } else {
        Placement::Wait
    }
}

/// The idle instances whose time is over.
pub fn due(fleet: &Fleet, settings: &Settings, now: Time) -> Vec<InstanceId> {
    let over =
        |entry: &Entry| matches!(entry.state, State::Idle { since, .. } if since + settings.keep_idle <= now);
    fleet.instances.iter().filter(|(_, entry)| over(entry)).map(|(id, _)| *id).collect()
}

/// When the next idle instance's time is over.
pub fn next_due(fleet: &Fleet, settings: &Settings) -> Option<Time> {
    let since = fleet.instances.values().filter_map(|entry| match entry.state {
        State::Idle { since, .. } => Some(since),
        State::Busy { .. } => None,
    });
    since.min().map(|since| since + settings.keep_idle)
}

/// What an instance of this size counts with while it works, in bytes.
fn counted(memory_mib: u32, settings: &Settings) -> u64 {
    ((u64::from(memory_mib) << 20) as f64 * settings.busy_share) as u64
}

impl Fleet {
    /// A new instance, busy from its first moment.
    pub fn begin(&mut self, launch: &Launch, now: Time) -> InstanceId {
        self.next += 1;
        let entry = Entry {
            key: launch.key.clone(),
            account: launch.account.clone(),
            function: launch.function_name.clone(),
            memory_mib: launch.limits.memory_mib,
            started: now,
            calls: 1,
            state: State::Busy { retired: false },
        };
        self.instances.insert(self.next, entry);
        self.next
    }

    pub fn take(&mut self, id: InstanceId) {
        if let Some(entry) = self.instances.get_mut(&id) {
            entry.state = State::Busy { retired: false };
            entry.calls += 1;
        }
    }

    /// Makes it idle; `false` when it was retired meanwhile and has to end.
    pub fn give_back(&mut self, id: InstanceId, now: Time, memory: u64) -> bool {
        match self.instances.get_mut(&id) {
            Some(entry) if entry.state == (State::Busy { retired: false }) => {
                entry.state = State::Idle { since: now, memory };
                true
            }
            _ => false,
        }
    }

    pub fn end(&mut self, id: InstanceId) {
        self.instances.remove(&id);
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

    pub fn busy(&self) -> usize {
        self.instances.values().filter(|entry| matches!(entry.state, State::Busy { .. })).count()
    }

    pub fn status(&self) -> Vec<InstanceStatus> {
        let status = |entry: &Entry| InstanceStatus {
            key: entry.key.clone(),
            account: entry.account.clone(),
            function_name: entry.function.clone(),
            memory_mib: entry.memory_mib,
            started: entry.started,
            calls: entry.calls,
            state: match entry.state {
                State::Busy { .. } => InstanceState::Busy,
                State::Idle { since, memory } => InstanceState::Idle { since, memory },
            },
        };
        self.instances.values().map(status).collect()
    }

    fn held(&self, settings: &Settings) -> u64 {
        let held = |entry: &Entry| match entry.state {
            State::Busy { .. } => counted(entry.memory_mib, settings),
            State::Idle { memory, .. } => memory,
        };
        self.instances.values().map(held).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::launch;

    const MIB: u64 = 1 << 20;

    /// Plays `start f`, `back <id>@<second>`, `retire f`, `ask f`, `due @<second>` and tells what the last came to.
    fn play(script: &str) -> String {
        let settings = Settings {
            account_concurrency: 3,
            memory_budget: 400 * MIB,
            busy_share: 1.0,
            keep_idle: std::time::Duration::from_secs(60),
            ..Settings::default()
        };
        let mut fleet = Fleet::default();
        let second = |text: &str| Time::from_millis(text.parse::<i64>().unwrap() * 1000);
        let mut last = String::new();
        for step in script.split("; ") {
            let (verb, rest) = step.split_once(' ').unwrap();
            last = match verb {
                "start" => fleet.begin(&launch(rest, 100), Time::from_millis(0)).to_string(),
                "back" => {
                    let (id, at) = rest.split_once('@').unwrap();
                    fleet.give_back(id.parse().unwrap(), second(at), 50 * MIB).to_string()
                }
                "retire" => format!("{:?}", fleet.retire(&LaunchKey(rest.to_owned()))),
                "ask" => format!("{:?}", place(&fleet, &launch(rest, 100), &settings)),
                "ask-large" => format!("{:?}", place(&fleet, &launch(rest, 1000), &settings)),
                "due" => format!("{:?}", due(&fleet, &settings, second(rest.trim_start_matches('@')))),
                other => panic!("no such step: {other}"),
            };
        }
        last
    }

    #[test]
    fn calls_are_placed() {
        for (script, expected) in [
            ("ask f", "Start { evict: [] }"),
            ("start f; ask f", "Start { evict: [] }"),
            ("start f; back 1@0; ask f", "Reuse(1)"),
            ("start f; back 1@0; ask g", "Start { evict: [] }"),
            ("start f; start f; back 1@9; back 2@5; ask f", "Reuse(1)"),
            ("start f; start f; start f; ask f", "Throttle"),
            ("start f; start f; start f; back 2@0; ask f", "Reuse(2)"),
            ("start f; back 1@0; ask-large g", "Start { evict: [1] }"),
            ("start f; start g; back 1@0; ask-large g", "Wait"),
        ] {
            assert_eq!(play(script), expected, "{script}");
        }
    }

    #[test]
    fn room_is_made_by_ending_what_was_idle_longest() {
        let idle = "start a; start b; start c; back 1@3; back 2@1; back 3@2; start d; start e";
        assert_eq!(play(&format!("{idle}; ask f")), "Start { evict: [2] }");
    }

    #[test]
    fn instances_end_when_retired_or_idle_for_long() {
        assert_eq!(play("start f; start f; back 1@0; retire f"), "[1]");
        assert_eq!(play("start f; retire f; back 1@0"), "false");
        assert_eq!(play("start f; back 1@0; due @59"), "[]");
        assert_eq!(play("start f; back 1@0; due @60"), "[1]");
    }
}
