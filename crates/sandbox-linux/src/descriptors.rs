//! How many descriptors server and spawner may hold: an instance costs the server about ten, and a function may open
//! connections to the platform as it likes, up to their limit.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::limits;

/// Raises this process's limit, which later processes inherit, to what it may have. What functions may have is set for
/// each of them.
pub fn raise() {
    let most = fs::read_to_string("/proc/sys/fs/nr_open").ok().and_then(|text| text.trim().parse().ok());
    let wanted = limits::SERVER_DESCRIPTORS.min(most.unwrap_or(limits::SERVER_DESCRIPTORS));
    let hard = getrlimit(Resource::Nofile).maximum.unwrap_or(wanted);
    let both = |value| Rlimit { current: Some(value), maximum: Some(value.max(hard)) };
    // Only root may go above what it was given.
    if hard >= wanted || setrlimit(Resource::Nofile, both(wanted)).is_err() {
        let _ = setrlimit(Resource::Nofile, Rlimit { maximum: Some(hard), ..both(wanted.min(hard)) });
    }
}
