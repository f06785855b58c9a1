//! `simulate`: the dispatcher's own policy code against a week of made-up calls, beside keeping every idle instance for
//! ten minutes. Prints the share of cold starts and the memory that idle instances held.

mod play;
mod trace;

use std::time::Duration;

use dispatch::Settings;
use play::{Outcome, Policy, play};
use trace::Trace;

/// The same seed gives the same week.
const SEED: u64 = 2026;

const FUNCTIONS: usize = 400;

fn main() {
    let trace = Trace::made(SEED, FUNCTIONS);
    println!(
        "{} functions, {} calls in a week; half of the functions called less than {:.1} times a day\n",
        FUNCTIONS,
        trace.calls.len(),
        trace.median_calls_a_day(),
    );
    println!(
        "{:<34} {:>10} {:>12} {:>12} {:>10} {:>8}",
        "", "cold calls", "cold, median", "cold, worst", "GB-hours", "peak GB"
    );
    let gib = 1 << 30;
    for (name, budget) in [("room for all", 1_000 * gib), ("16 GB", 16 * gib), ("8 GB", 8 * gib)] {
        println!("{name}:");
        for policy in [Policy::Fixed, Policy::Gaps] {
            let settings = Settings {
                memory_budget: budget,
                keep_idle: Duration::from_secs(600),
                account_concurrency: usize::MAX,
                ..Settings::default()
            };
            show(policy, &play(&trace, policy, &settings));
        }
    }
}

fn show(policy: Policy, outcome: &Outcome) {
    let name = match policy {
        Policy::Fixed => "  ten minutes for everybody",
        Policy::Gaps => "  as long as it pays (shipped)",
    };
    println!(
        "{name:<34} {:>9.3}% {:>11.1}% {:>11.1}% {:>10.0} {:>8.1}",
        100.0 * outcome.cold_share(),
        100.0 * outcome.function_quantile(0.5),
        100.0 * outcome.function_quantile(0.75),
        outcome.gib_seconds / 3_600.0,
        outcome.peak_gib,
    );
}
