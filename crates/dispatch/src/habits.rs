//! How functions are called, whatever their revision: the gaps between their calls, what pays after the next one, and
//! how fast they may grow.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use model::{Arn, Time};
use sandbox::{Launch, LaunchKey};

use crate::burst::Burst;
use crate::gaps::Gaps;
use crate::keep::{self, Plan};

/// Functions whose habits are remembered. Of more, the one that was called longest ago is forgotten.
const HABITS: usize = 100_000;

/// The functions that were called lately.
#[derive(Debug, Default)]
pub struct Habits {
    functions: HashMap<Arn, Habit>,
    /// When functions are to be started ahead of a call.
    ahead: BTreeSet<(Time, Arn)>,
}

#[derive(Debug, Default)]
struct Habit {
    gaps: Gaps,
    /// When its last call ended; none while one runs.
    last: Option<Time>,
    burst: Burst,
    /// What pays for it, as found when it had so many gaps.
    plan: Option<(u32, Plan)>,
    ahead: Option<Ahead>,
}

/// An instance that is to be started ahead of a call.
#[derive(Debug, Clone)]
pub struct Ahead {
    pub launch: Arc<Launch>,
    at: Time,
    /// It is kept until then.
    pub until: Time,
}

impl Habits {
    /// Notes the gap that a call has ended.
    pub fn called(&mut self, function: &Arn, now: Time) {
        self.make_room(function);
        let habit = self.functions.entry(function.clone()).or_default();
        // While another instance works there is no gap.
        if let Some(last) = habit.last.take() {
            habit.gaps.add(now.since(last));
        }
        if let Some(ahead) = habit.ahead.take() {
            self.ahead.remove(&(ahead.at, function.clone()));
        }
    }

    /// Notes that it was started for a call.
    pub fn started(&mut self, function: &Arn, now: Time) {
        if let Some(habit) = self.functions.get_mut(function) {
            habit.burst.take(now);
        }
    }

    /// Whether it may have one more instance now.
    pub fn may_start(&self, function: &Arn, now: Time) -> bool {
        self.functions.get(function).is_none_or(|habit| habit.burst.is_left(now))
    }

    /// Notes the end of a call, and tells how long its instance is to stay when a cold start is worth `worth`.
    pub fn ended(&mut self, launch: &Arc<Launch>, now: Time, worth: Duration) -> Duration {
        let Some(habit) = self.functions.get_mut(&launch.function) else { return worth };
        habit.last = Some(now);
        let plan = match launch.keep_idle {
            Some(stay) => Plan { stay, again: None },
            None => habit.plan(worth),
        };
        if let Some(before) = habit.ahead.take() {
            self.ahead.remove(&(before.at, launch.function.clone()));
        }
        if let Some(again) = plan.again {
            let at = now + again.after;
            habit.ahead = Some(Ahead { launch: Arc::clone(launch), at, until: now + again.until });
            self.ahead.insert((at, launch.function.clone()));
        }
        plan.stay
    }

    /// The starts ahead whose time has come.
    pub fn take_ahead(&mut self, now: Time) -> Vec<Ahead> {
        let mut come = Vec::new();
        while let Some((at, _)) = self.ahead.first()
            && *at <= now
            && let Some((_, function)) = self.ahead.pop_first()
        {
            come.extend(self.functions.get_mut(&function).and_then(|habit| habit.ahead.take()));
        }
        come
    }

    pub fn next_ahead(&self) -> Option<Time> {
        self.ahead.first().map(|(at, _)| *at)
    }

    /// Starts nothing of this key ahead any more.
    pub fn retire(&mut self, key: &LaunchKey) {
        let of_key = |habit: &mut Habit| habit.ahead.take_if(|ahead| ahead.launch.key == *key);
        for (function, habit) in &mut self.functions {
            if let Some(ahead) = of_key(habit) {
                self.ahead.remove(&(ahead.at, function.clone()));
            }
        }
    }

    pub fn gaps(&self, function: &Arn) -> &Gaps {
        const UNKNOWN: &Gaps = &Gaps::new();
        self.functions.get(function).map_or(UNKNOWN, |habit| &habit.gaps)
    }

    fn make_room(&mut self, function: &Arn) {
        if self.functions.contains_key(function) || self.functions.len() < HABITS {
            return;
        }
        let oldest = self.functions.iter().min_by_key(|(_, habit)| habit.last);
        if let Some(oldest) = oldest.map(|(function, _)| function.clone())
            && let Some(ahead) = self.functions.remove(&oldest).and_then(|habit| habit.ahead)
        {
            self.ahead.remove(&(ahead.at, oldest));
        }
    }
}

impl Habit {
    /// What pays for it. It is thought about again when there are some more gaps, not after each call.
    fn plan(&mut self, worth: Duration) -> Plan {
        let total = self.gaps.total();
        match self.plan {
            Some((known, plan)) if known <= total && total - known <= known / 16 => plan,
            _ => {
                let plan = keep::plan(&self.gaps, worth);
                self.plan = Some((total, plan));
                plan
            }
        }
    }
}
