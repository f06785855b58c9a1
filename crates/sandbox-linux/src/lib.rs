//! Sandboxes of Linux namespaces, cgroups and seccomp: the spawner process that makes them, the engine that runs
//! functions in them, and the guest contracts' host side.

mod cage;
mod cgroup;
mod channel;
mod descriptors;
mod engine;
mod environment;
mod failures;
mod filter;
mod guest;
mod guests;
mod inside;
mod instance;
mod keeper;
mod limits;
mod log;
mod meter;
mod network;
mod plan;
mod raise;
mod report;
mod root;
mod runtimes;
mod spawner;
mod step;
mod surrender;
mod survey;
mod syscall;
mod templates;

pub use engine::LinuxEngine;
pub use raise::Surroundings;
pub use runtimes::{MissingRuntime, Runtimes, discover};
pub use spawner::{Forked, Spawner};
pub use surrender::{User, surrender};
pub use survey::{Survey, survey};
