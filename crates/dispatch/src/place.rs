//! The decisions over the fleet: whether a call may run, where it goes, which instances' time is over. Plain functions
//! of facts and now.

use model::Time;
use sandbox::Launch;

use crate::Settings;
use crate::fleet::{Fleet, Idle, InstanceId};
use crate::keep;

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
    /// Its function grows as fast as it may.
    Throttle,
}

/// Decides where a call of `launch` goes. The warmest instance first: the others may then come to their end.
pub fn place(fleet: &Fleet, launch: &Launch, settings: &Settings, now: Time) -> Placement {
    if let Some(id) = fleet.warmest(&launch.key) {
        return Placement::Reuse(id);
    }
    if !fleet.may_start(&launch.function, now) {
        return Placement::Throttle;
    }
    let wanted = wanted(launch, settings);
    let mut held = held(fleet, settings);
    let mut evict = Vec::new();
    if held + wanted > settings.memory_budget {
        for idle in least_useful_first(fleet, settings, now) {
            if held + wanted <= settings.memory_budget {
                break;
            }
            held -= idle.memory;
            evict.push(idle.id);
        }
    }
    let fits = held + wanted <= settings.memory_budget;
    // A function larger than the whole budget still runs, alone.
    if fits || fleet.calls() == 0 { Placement::Start { evict } } else { Placement::Wait }
}

/// Whether there is room for one that no call waits for: nothing is ended for it.
pub fn has_room_ahead(fleet: &Fleet, launch: &Launch, settings: &Settings) -> bool {
    held(fleet, settings) + wanted(launch, settings) <= settings.memory_budget
}

/// Those that make room, the ones that will be missed least first.
fn least_useful_first<'a>(fleet: &'a Fleet, settings: &Settings, now: Time) -> Vec<Idle<'a>> {
    let usefulness =
        |idle: &Idle<'_>| keep::usefulness(idle.gaps, now.since(idle.since), settings.keep_idle, idle.memory);
    let mut scored: Vec<(f64, Idle<'_>)> = fleet.idle().map(|idle| (usefulness(&idle), idle)).collect();
    scored.sort_by(|(one, first), (other, second)| {
        one.total_cmp(other).then((first.since, first.id).cmp(&(second.since, second.id)))
    });
    scored.into_iter().map(|(_, idle)| idle).collect()
}

/// The idle instances whose time is over.
pub fn due(fleet: &Fleet, now: Time) -> Vec<InstanceId> {
    fleet.ends().take_while(|(end, _)| *end <= now).map(|(_, id)| id).collect()
}

/// When the next idle instance's time is over, or the next one is to be started ahead of a call.
pub fn next_due(fleet: &Fleet) -> Option<Time> {
    let end = fleet.ends().next().map(|(end, _)| end);
    end.into_iter().chain(fleet.next_ahead()).min()
}

/// What an instance of this launch counts with while it works, in bytes.
pub fn wanted(launch: &Launch, settings: &Settings) -> u64 {
    counted(u64::from(launch.limits.memory_mib), settings)
}

/// What all instances together count with, in bytes.
fn held(fleet: &Fleet, settings: &Settings) -> u64 {
    counted(fleet.busy_memory(), settings) + fleet.idle_memory()
}

fn counted(memory_mib: u64, settings: &Settings) -> u64 {
    ((memory_mib << 20) as f64 * settings.busy_share) as u64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sandbox::LaunchKey;

    use super::*;
    use crate::testing::launch;

    const MIB: u64 = 1 << 20;

    #[test]
    fn what_is_not_kept_ends_before_the_next_call_however_soon_that_comes() {
        let (mut fleet, now) = (Fleet::default(), Time::from_millis(1));
        let launch = Arc::new(Launch { keep_idle: Some(std::time::Duration::ZERO), ..launch("f", 100) });
        let id = fleet.begin(&launch, now);
        assert!(!fleet.give_back(id, now, 0, std::time::Duration::from_secs(60)));
        assert_eq!(fleet.warmest(&launch.key), None);
    }

    /// Plays `start f`, `back <id>@<second>`, `retire f`, `ask f`, `due @<second>` and tells what the last came to.
    fn play(script: &str) -> String {
        let settings = Settings {
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
                "start" => fleet.begin(&Arc::new(launch(rest, 100)), Time::from_millis(0)).to_string(),
                "back" => {
                    let (id, at) = rest.split_once('@').unwrap();
                    fleet.give_back(id.parse().unwrap(), second(at), 50 * MIB, settings.keep_idle).to_string()
                }
                "retire" => format!("{:?}", fleet.retire(&LaunchKey(rest.to_owned()))),
                "ask" => format!("{:?}", place(&fleet, &launch(rest, 100), &settings, second("10"))),
                "ask-large" => format!("{:?}", place(&fleet, &launch(rest, 1000), &settings, second("10"))),
                "due" => format!("{:?}", due(&fleet, second(rest.trim_start_matches('@')))),
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
