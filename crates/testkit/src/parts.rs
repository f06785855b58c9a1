//! What is measured, a file each.

pub mod burst;
pub mod calls;
pub mod cold;
pub mod cycles;
pub mod events;
pub mod large;
pub mod objects;
pub mod others;
pub mod queues;
pub mod starts;
pub mod waiting;
