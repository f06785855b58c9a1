//! Plays a trace through the dispatcher's facts and decisions. Calls take no time: what is asked is when instances go.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use dispatch::{Fleet, InstanceId, Placement, Settings, due, has_room_ahead, next_due, place};
use model::Time;
use sandbox::{Launch, Limits, Runtime};

use crate::trace::Trace;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Every idle instance goes after the same time; the one that was idle longest makes room.
    Fixed,
    /// What `dispatch` does.
    Gaps,
}

#[derive(Default)]
pub struct Outcome {
    calls: Vec<u32>,
    cold: Vec<u32>,
    /// What idle instances held over time.
    pub gib_seconds: f64,
    pub peak_gib: f64,
}

impl Outcome {
    pub fn cold_share(&self) -> f64 {
        let sum = |counts: &[u32]| counts.iter().map(|count| f64::from(*count)).sum::<f64>();
        sum(&self.cold) / sum(&self.calls).max(1.0)
    }

    /// The share of cold calls of the function that so many of all functions are not worse than.
    pub fn function_quantile(&self, quantile: f64) -> f64 {
        let pairs = self.calls.iter().zip(&self.cold).filter(|(calls, _)| **calls > 0);
        let mut shares: Vec<f64> = pairs.map(|(calls, cold)| f64::from(*cold) / f64::from(*calls)).collect();
        shares.sort_by(f64::total_cmp);
        shares.get((shares.len() as f64 * quantile) as usize).copied().unwrap_or(0.0)
    }
}

pub fn play(trace: &Trace, policy: Policy, settings: &Settings) -> Outcome {
    let count = trace.memory_mib.len();
    let mut outcome = Outcome { calls: vec![0; count], cold: vec![0; count], ..Outcome::default() };
    let launches: Vec<Arc<Launch>> =
        (0..count).map(|function| Arc::new(launch(function, trace.memory_mib[function]))).collect();
    let mut held = Held::default();
    match policy {
        Policy::Gaps => {
            let mut shipped = Shipped { fleet: Fleet::default(), settings, held_by: HashMap::new() };
            for call in &trace.calls {
                outcome.calls[call.function] += 1;
                let now = time(call.at);
                outcome.cold[call.function] +=
                    u32::from(shipped.call(&launches[call.function], now, &mut held));
            }
        }
        Policy::Fixed => {
            let mut fixed = Fixed { idle: BTreeMap::new(), order: BTreeSet::new(), settings };
            for call in &trace.calls {
                outcome.calls[call.function] += 1;
                let (now, mib) = (time(call.at), trace.memory_mib[call.function]);
                outcome.cold[call.function] += u32::from(fixed.call(call.function, mib, now, &mut held));
            }
        }
    }
    outcome.gib_seconds = held.byte_seconds / f64::from(1 << 30);
    outcome.peak_gib = held.peak as f64 / f64::from(1 << 30);
    outcome
}

fn time(at: Duration) -> Time {
    Time::from_millis(at.as_millis() as i64)
}

/// What is held by idle instances, added up over time.
#[derive(Default)]
struct Held {
    now: u64,
    peak: u64,
    byte_seconds: f64,
    last: Time,
}

impl Held {
    fn change(&mut self, at: Time, by: i64) {
        self.byte_seconds += self.now as f64 * at.since(self.last).as_secs_f64();
        self.last = self.last.max(at);
        self.now = self.now.saturating_add_signed(by);
        self.peak = self.peak.max(self.now);
    }
}

struct Shipped<'a> {
    fleet: Fleet,
    settings: &'a Settings,
    held_by: HashMap<InstanceId, u64>,
}

impl Shipped<'_> {
    /// Whether it was a cold call.
    fn call(&mut self, launch: &Arc<Launch>, now: Time, held: &mut Held) -> bool {
        while let Some(next) = next_due(&self.fleet).filter(|next| *next <= now) {
            for id in due(&self.fleet, next) {
                self.end(id, next, held);
            }
            for ahead in self.fleet.take_ahead(next) {
                if has_room_ahead(&self.fleet, &ahead.launch, self.settings) {
                    let id = self.fleet.begin_ahead(&ahead.launch, ahead.until, next);
                    self.give_back(id, &ahead.launch, next, held);
                }
            }
        }
        let (id, cold) = match place(&self.fleet, launch, self.settings, now) {
            Placement::Reuse(id) => {
                self.fleet.take(id, now);
                held.change(now, -(bytes(launch) as i64));
                (id, false)
            }
            Placement::Start { evict } => {
                evict.into_iter().for_each(|id| self.end(id, now, held));
                (self.fleet.begin(launch, now), true)
            }
            // Calls take no time, so there is always room in the end.
            Placement::Wait | Placement::Throttle => return true,
        };
        self.give_back(id, launch, now, held);
        cold
    }

    fn give_back(&mut self, id: InstanceId, launch: &Launch, at: Time, held: &mut Held) {
        self.fleet.give_back(id, at, bytes(launch), self.settings.keep_idle);
        self.held_by.insert(id, bytes(launch));
        held.change(at, bytes(launch) as i64);
    }

    fn end(&mut self, id: InstanceId, at: Time, held: &mut Held) {
        self.fleet.end(id);
        if let Some(bytes) = self.held_by.remove(&id) {
            held.change(at, -(bytes as i64));
        }
    }
}

fn bytes(launch: &Launch) -> u64 {
    u64::from(launch.limits.memory_mib) << 20
}

/// Ten minutes for everybody, least recently used first when room is needed.
struct Fixed<'a> {
    idle: BTreeMap<usize, (Time, u64)>,
    order: BTreeSet<(Time, usize)>,
    settings: &'a Settings,
}

impl Fixed<'_> {
    fn call(&mut self, function: usize, mib: u32, now: Time, held: &mut Held) -> bool {
        while let Some((since, oldest)) = self.order.first().copied() {
            let over = since + self.settings.keep_idle;
            if over > now {
                break;
            }
            self.end(oldest, over, held);
        }
        let cold = !self.idle.contains_key(&function);
        self.end(function, now, held);
        let bytes = u64::from(mib) << 20;
        while held.now + bytes > self.settings.memory_budget {
            let Some((_, oldest)) = self.order.first().copied() else { break };
            self.end(oldest, now, held);
        }
        self.idle.insert(function, (now, bytes));
        self.order.insert((now, function));
        held.change(now, bytes as i64);
        cold
    }

    fn end(&mut self, function: usize, at: Time, held: &mut Held) {
        if let Some((since, bytes)) = self.idle.remove(&function) {
            self.order.remove(&(since, function));
            held.change(at, -(bytes as i64));
        }
    }
}

fn launch(function: usize, memory_mib: u32) -> Launch {
    let limits = Limits { memory_mib, ..Limits::default() };
    Launch { limits, ..Launch::of(&format!("f{function}"), Runtime::default()) }
}
