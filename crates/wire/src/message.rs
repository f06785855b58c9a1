//! Requests and answers, with bodies that stream.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use model::Fault;

/// A body that streams both ways in constant memory. Trailers, if any, come as its last frame.
pub type Body = UnsyncBoxBody<Bytes, BodyError>;

pub type Request = http::Request<Body>;

pub type Response = http::Response<Body>;

/// In a request's extensions: the bucket was named by the host, and the path was rewritten to begin with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualHost(pub String);

/// Why a body ended before its end.
#[derive(Debug, Clone)]
pub enum BodyError {
    /// What was sent is not what was announced or signed: the caller is told so.
    Fault(Fault),
    /// The other side is gone.
    Disconnected,
    /// Our own source of bytes failed in the middle of an answer.
    Internal(model::Internal),
}

impl std::fmt::Display for BodyError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(formatter),
            Self::Disconnected => formatter.write_str("the other side is gone"),
            Self::Internal(internal) => internal.fmt(formatter),
        }
    }
}

impl std::error::Error for BodyError {}

/// A body of these bytes.
pub fn body_of(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A body without bytes.
pub fn empty_body() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}
