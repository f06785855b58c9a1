//! How much is done of everything: for real, or for a look whether it works.

use std::time::Duration;

pub struct Effort {
    /// Of a load, for each number of connections.
    pub lasting: Duration,
    /// Platforms that are started.
    pub starts: usize,
    /// Functions in the data directory that a platform is started on.
    pub functions: usize,
    /// Cold starts of each kind.
    pub cold: usize,
    pub small_objects: usize,
    pub large_objects: usize,
    /// Messages that wait in a queue.
    pub waiting: usize,
    /// Instances at once, and how long each works.
    pub burst: usize,
    pub burst_sleep: Duration,
    /// Starts and ends of each kind after which nothing may be left.
    pub cycles: usize,
    /// How long a platform without work is watched.
    pub idle: Duration,
}

/// About seven minutes.
pub const REAL: Effort = Effort {
    lasting: Duration::from_secs(4),
    starts: 5,
    functions: 1_000,
    cold: 100,
    burst: 200,
    burst_sleep: Duration::from_secs(4),
    cycles: 2_000,
    small_objects: 300,
    large_objects: 7,
    waiting: 1_000_000,
    idle: Duration::from_secs(5),
};

/// Some seconds; the figures mean nothing.
pub const QUICK: Effort = Effort {
    lasting: Duration::from_millis(300),
    starts: 1,
    functions: 10,
    cold: 10,
    burst: 4,
    burst_sleep: Duration::from_secs(1),
    cycles: 20,
    small_objects: 10,
    large_objects: 1,
    waiting: 3_000,
    idle: Duration::from_millis(500),
};
