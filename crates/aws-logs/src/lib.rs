//! Log groups, streams and events as clients of Amazon CloudWatch Logs see them.

mod checks;
mod faults;
mod groups;
pub mod limits;
mod operations;
mod tags;
mod tokens;
mod unbuilt;

use service::{JsonFace, Protocol};
use telemetry::Logs;

/// What the operations share.
pub struct Face {
    logs: Logs,
}

/// The service over what is kept of logs.
pub fn service(logs: Logs) -> JsonFace<Face> {
    JsonFace::new(
        "logs",
        "Logs_20140328",
        Protocol::AwsJson11,
        Face { logs },
        operations::all(),
        unbuilt::NAMES,
        limits::BODY_BYTES,
    )
}
