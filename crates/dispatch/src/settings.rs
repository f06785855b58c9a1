//! What dispatch may use, and how long it waits and keeps.

use std::time::Duration;

/// The limits of one machine. `Default` is what AWS has where AWS has it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Calls that run at once in one account. AWS: 1,000.
    pub account_concurrency: usize,
    /// What all instances together may hold, in bytes. An idle one counts with what it really holds.
    pub memory_budget: u64,
    /// A running instance counts with this part of its memory size: few functions use all of theirs at once.
    pub busy_share: f64,
    /// How long a call waits for room on the machine before it is throttled.
    pub patience: Duration,
    /// How many calls may wait so; the next is throttled at once.
    pub queue: usize,
    /// How long an instance without work is kept while its function is not known well; later, what a cold start is worth
    /// in time of keeping. Zero keeps nothing.
    pub keep_idle: Duration,
    /// How long running calls are waited for at the end.
    pub drain: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            account_concurrency: 1_000,
            memory_budget: 8 << 30,
            busy_share: 0.25,
            patience: Duration::from_secs(10),
            queue: 10_000,
            keep_idle: Duration::from_secs(10 * 60),
            drain: Duration::from_secs(30),
        }
    }
}
