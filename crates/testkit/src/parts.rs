//! What is measured, a file each.

pub mod calls;
pub mod events;
pub mod objects;
pub mod starts;
