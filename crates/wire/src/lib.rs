//! What travels: requests and answers, Signature Version 4, and the AWS protocols as serde formats.
//! Knows shapes, never a service.

pub mod aws_chunked;
mod collect;
pub mod event_stream;
mod message;
mod payload;
pub mod protocol;
pub mod sigv2;
pub mod sigv4;
mod uri;

pub use collect::collect;
pub use message::{Body, BodyError, Request, Response, VirtualHost, body_of, empty_body};
pub use payload::Hashed;
pub use uri::{decoded, encoded, encoded_path, query_pairs};
