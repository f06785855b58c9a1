//! What every face is made of: operations, the calls that reach them, and who may make them.
//! A face is a list of operations; a driver of its protocol decodes, asks for permission, runs and encodes.

mod call;
mod operation;

pub use call::{Authority, Call};
pub use operation::{Operation, Protocol, Service, permitted};
