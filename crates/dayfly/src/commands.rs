//! Every command, one file each.

pub mod bill;
pub mod demo;
pub mod deploy;
pub mod doctor;
pub mod env;
pub mod event;
pub mod events;
pub mod invoke;
pub mod logs;
pub mod ls;
pub mod outbox;
pub mod replay;
pub mod rm;
pub mod up;
