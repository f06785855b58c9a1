//! Answers: what is told of events, bills, instances and the platform. Members are named as AWS's restJson services name
//! theirs; times are in ISO 8601.

mod bill;
mod event;
mod instance;
mod invocation;
mod money;
mod status;

pub use bill::{BillView, bill};
pub use event::EventView;
pub use instance::{InstanceView, SlowStartView, instances, slow_starts};
pub use invocation::{InvocationView, of_events};
pub use money::MoneyView;
pub use status::{StatusView, status};
