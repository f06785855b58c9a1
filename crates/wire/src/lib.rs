//! What travels: requests and answers, Signature Version 4, and the AWS protocols as serde formats.
//! Knows shapes, never a service.

mod message;

pub use message::{Body, BodyError, Request, Response, body_of, empty_body};
