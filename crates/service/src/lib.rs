//! What every face is made of: operations, the calls that reach them, and who may make them.
//! A face is a list of operations; a driver of its protocol decodes, asks for permission, runs and encodes.

mod call;
pub mod forms;
mod intake;
mod json;
mod operation;
mod query;
mod rest;

pub use call::{Authority, Call};
pub use intake::body;
pub use json::{JsonFace, JsonOperation};
pub use operation::{Operation, Protocol, Service, permitted};
pub use query::{QueryFace, QueryOperation};
pub use rest::{IntoResponse, RestFace, RestOperation, Route};
