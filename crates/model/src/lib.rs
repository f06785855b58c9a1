//! Values that every floor shares: ids, ARNs, accounts, times, sizes, callers, faults. No behaviour that waits.

mod account;
mod arn;
mod caller;
mod fault;
mod id;
mod permission;
mod time;

pub use account::{AccountId, InvalidAccountId, Region};
pub use arn::{Arn, InvalidArn};
pub use caller::{Caller, Cause, Identity};
pub use fault::{Failure, Fault, Internal};
pub use id::{EventId, InvocationId, RequestId};
pub use permission::Permission;
pub use time::Time;
