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
    /// How long a platform without work is watched.
    pub idle: Duration,
}

/// About three minutes.
pub const REAL: Effort = Effort {
    lasting: Duration::from_secs(4),
    starts: 5,
    functions: 1_000,
    cold: 30,
    small_objects: 300,
    large_objects: 7,
    idle: Duration::from_secs(5),
};

/// Some seconds; the figures mean nothing.
pub const QUICK: Effort = Effort {
    lasting: Duration::from_millis(300),
    starts: 1,
    functions: 10,
    cold: 2,
    small_objects: 10,
    large_objects: 1,
    idle: Duration::from_millis(500),
};
