//! Run this now, if limits allow: admit, place, start, keep, retire. Told what to run and nothing about who asked.

mod burst;
mod drive;
mod fleet;
mod gaps;
mod habits;
mod keep;
mod place;
mod queue;
mod reserve;
mod settings;
#[cfg(test)]
mod testing;

pub use drive::{Dispatch, Entered, Provided, Refused};
pub use fleet::{Fleet, InstanceId, InstanceState, InstanceStatus};
pub use habits::Ahead;
pub use place::{Placement, due, has_room_ahead, next_due, place};
pub use settings::Settings;
