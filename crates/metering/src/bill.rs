//! Bills: what the rows of the ledger add up to under a price list. Plain arithmetic.

use std::collections::BTreeMap;

use model::Time;
use serde::Serialize;

use crate::{Money, Outcome, Prices, Used};

/// What the lines of a bill are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    Function,
    /// UTC.
    Day,
}

/// Sums rows up. The sums are whole numbers; money is worked out from them, once.
#[derive(Debug, Clone, Default)]
pub struct Bill {
    lines: BTreeMap<String, Sums>,
    total: Sums,
}

#[derive(Debug, Clone, Default)]
struct Sums {
    requests: u64,
    errors: u64,
    cold_starts: u64,
    billed_ms: u64,
    memory_mib_ms: u128,
    ephemeral_mib_ms: u128,
    cpu_us: u64,
    largest_memory_mib: u32,
    first: Option<Time>,
    last: Option<Time>,
}

/// One line of a bill, or its total.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    pub name: String,
    pub requests: u64,
    pub errors: u64,
    pub cold_starts: u64,
    pub billed_ms: u64,
    pub gb_seconds: f64,
    pub cpu_ms: u64,
    pub cost: Money,
    pub largest_memory_mib: u32,
    pub first: Option<Time>,
    pub last: Option<Time>,
}

impl Bill {
    pub fn add(&mut self, used: &Used, grouping: Grouping, free_tmp_mib: u32) {
        let name = match grouping {
            Grouping::Function => {
                used.function.resource.strip_prefix("function:").unwrap_or(&used.function.resource).to_owned()
            }
            Grouping::Day => used.started.format("%Y-%m-%d"),
        };
        self.lines.entry(name).or_default().add(used, free_tmp_mib);
        self.total.add(used, free_tmp_mib);
    }

    /// The lines by name. A line's money stands for itself; under several price tiers the total is less than their sum.
    pub fn lines(&self, prices: &Prices) -> Vec<Line> {
        self.lines.iter().map(|(name, sums)| sums.line(name, prices)).collect()
    }

    pub fn total(&self, prices: &Prices) -> Line {
        self.total.line("total", prices)
    }
}

impl Sums {
    fn add(&mut self, used: &Used, free_tmp_mib: u32) {
        let millis = u128::from(used.billed_ms);
        self.requests += 1;
        self.errors += u64::from(used.outcome != Outcome::Returned);
        self.cold_starts += u64::from(used.init_us.is_some());
        self.billed_ms += used.billed_ms;
        self.memory_mib_ms += millis * u128::from(used.memory_mib);
        self.ephemeral_mib_ms += millis * u128::from(used.tmp_mib.saturating_sub(free_tmp_mib));
        self.cpu_us += used.cpu_us;
        self.largest_memory_mib = self.largest_memory_mib.max(used.memory_mib);
        self.first = Some(self.first.map_or(used.started, |first| first.min(used.started)));
        self.last = Some(self.last.map_or(used.started, |last| last.max(used.started)));
    }

    fn line(&self, name: &str, prices: &Prices) -> Line {
        Line {
            name: name.to_owned(),
            requests: self.requests,
            errors: self.errors,
            cold_starts: self.cold_starts,
            billed_ms: self.billed_ms,
            gb_seconds: self.memory_mib_ms as f64 / 1_024_000.0,
            cpu_ms: self.cpu_us / 1_000,
            cost: prices.requests(self.requests)
                + prices.memory(0, self.memory_mib_ms)
                + prices.ephemeral(self.ephemeral_mib_ms),
            largest_memory_mib: self.largest_memory_mib,
            first: self.first,
            last: self.last,
        }
    }
}
