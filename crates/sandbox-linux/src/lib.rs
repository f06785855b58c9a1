//! Sandboxes of Linux namespaces, cgroups and seccomp: the spawner process that makes them, the engine that runs
//! functions in them, and the guest contracts' host side.
//!
//! What has every right over the machine is the spawner's process. What it takes and does is decided in `request.rs` and
//! `spawner/`, less than 1,500 lines of code, as `cargo xtask check` sees to. It uses `plan.rs`, `channel.rs`, `poll.rs`, `cgroup.rs`
//! and what lies below it, `network.rs` and `syscall.rs`, another 900. `inside.rs`, `root.rs`, `keeper.rs` and `filter.rs`
//! run in the sandboxes' own processes.
#![doc = include_str!("../WALLS.md")]

mod cage;
mod cgroup;
mod channel;
mod command_line;
mod descriptors;
mod engine;
mod environment;
mod failures;
mod filter;
mod fitness;
mod guest;
mod guests;
mod ids;
mod inside;
mod instance;
mod keeper;
mod limits;
mod log;
mod meter;
mod netlink;
mod network;
mod pace;
mod plan;
mod poll;
mod raise;
mod request;
mod resolver;
mod root;
mod runtimes;
mod shelf;
mod spawner;
mod step;
mod streaming;
mod surrender;
mod survey;
mod sweeper;
mod syscall;
mod templates;
mod uplink;
mod watch;

pub use engine::LinuxEngine;
pub use raise::Surroundings;
pub use request::is_request;
pub use runtimes::{MissingRuntime, Runtimes, discover};
pub use spawner::{Forked, Spawner};
pub use surrender::{User, surrender};
pub use survey::{Survey, survey};
