//! Run this now, if limits allow: admit, place, start, keep, retire. Told what to run and nothing about who asked.

mod drive;
mod fleet;
mod settings;
#[cfg(test)]
mod testing;

pub use drive::{Dispatch, Entered, Refused};
pub use fleet::{InstanceState, InstanceStatus};
pub use settings::Settings;
