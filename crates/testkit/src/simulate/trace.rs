//! A week of calls, made up after what Shahrad et al. published of Azure Functions ("Serverless in the Wild", ATC 2020):
//! rates over eight orders of magnitude with most functions rare (45 % called once an hour or less, 81 % once a minute
//! or less), a good quarter of them on timers, the rest at random or in bursts; 170 MB of memory in the median, and under 400 MB
//! in nine of ten.

use std::time::Duration;

use tasks::Dice;

const WEEK: f64 = 7.0 * 86_400.0;

/// Faster functions than this are always warm: their calls say nothing and would be most of the trace.
const FASTEST_SECONDS: f64 = 60.0;

/// One call.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Since the week began.
    pub at: Duration,
    pub function: usize,
}

pub struct Trace {
    /// In order of time.
    pub calls: Vec<Call>,
    /// Of each function, in MiB.
    pub memory_mib: Vec<u32>,
}

impl Trace {
    pub fn made(seed: u64, functions: usize) -> Self {
        let dice = Dice::seeded(seed);
        let mut trace = Self { calls: Vec::new(), memory_mib: Vec::new() };
        for function in 0..functions {
            let gap = mean_gap(&dice);
            trace.memory_mib.push(memory(&dice));
            let kind = dice.fraction();
            let times = match kind {
                _ if kind < 0.29 => timer(&dice, gap),
                _ if kind < 0.75 => at_random(&dice, gap),
                _ => in_bursts(&dice, gap),
            };
            trace
                .calls
                .extend(times.into_iter().map(|at| Call { at: Duration::from_secs_f64(at), function }));
        }
        trace.calls.sort_by_key(|call| call.at);
        trace
    }

    pub fn median_calls_a_day(&self) -> f64 {
        let mut counts = vec![0u32; self.memory_mib.len()];
        self.calls.iter().for_each(|call| counts[call.function] += 1);
        counts.sort_unstable();
        f64::from(counts[counts.len() / 2]) / 7.0
    }
}

/// Seconds between calls, on average: through the published points of the distribution, straight in logarithms between.
fn mean_gap(dice: &Dice) -> f64 {
    const POINTS: [(f64, f64); 5] =
        [(0.0, 0.01), (0.19, 60.0), (0.55, 3_600.0), (0.80, 86_400.0), (1.0, 30.0 * 86_400.0)];
    let share = dice.fraction();
    let pair = POINTS.windows(2).find(|pair| share <= pair[1].0).unwrap_or(&POINTS[3..]);
    let [(low, from), (high, to)] = [pair[0], pair[1]];
    let gap = (from.ln() + (to / from).ln() * (share - low) / (high - low)).exp();
    gap.max(FASTEST_SECONDS)
}

/// Log-normal around 170 MB.
fn memory(dice: &Dice) -> u32 {
    let normal =
        (-2.0 * dice.fraction().max(1e-12).ln()).sqrt() * (std::f64::consts::TAU * dice.fraction()).cos();
    (170.0 * (0.65 * normal).exp()).clamp(20.0, 3_000.0) as u32
}

fn timer(dice: &Dice, gap: f64) -> Vec<f64> {
    // People ask for round times.
    const ROUND: [f64; 8] = [60.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 21_600.0, 86_400.0];
    let period =
        ROUND.into_iter().min_by(|one, other| (one / gap).ln().abs().total_cmp(&(other / gap).ln().abs()));
    let period = period.unwrap_or(gap);
    let first = dice.fraction() * period;
    let count = ((WEEK - first) / period) as usize;
    (0..=count).map(|turn| first + turn as f64 * period + dice.fraction()).filter(|at| *at < WEEK).collect()
}

fn at_random(dice: &Dice, gap: f64) -> Vec<f64> {
    let mut times = Vec::new();
    let mut at = 0.0;
    loop {
        at += -gap * dice.fraction().max(1e-12).ln();
        if at >= WEEK {
            return times;
        }
        times.push(at);
    }
}

/// Ten calls in a row, a few seconds apart, and then a long time nothing.
fn in_bursts(dice: &Dice, gap: f64) -> Vec<f64> {
    let starts = at_random(dice, gap * 10.0);
    let mut times = Vec::new();
    for start in starts {
        let mut at = start;
        for _ in 0..10 {
            times.push(at);
            at += -20.0 * dice.fraction().max(1e-12).ln();
        }
    }
    times.retain(|at| *at < WEEK);
    times
}
