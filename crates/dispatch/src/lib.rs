//! Run this now, if limits allow: admit, place, start, keep, retire. Told what to run and nothing about who asked.

mod drive;
mod fleet;
mod gaps;
mod keep;
mod place;
mod settings;
#[cfg(test)]
mod testing;

pub use drive::{Dispatch, Entered, Refused};
pub use fleet::{Fleet, InstanceId, InstanceState, InstanceStatus};
pub use place::{Placement, due, next_due, place};
pub use settings::Settings;
