//! One call, on its way into an instance.

use bytes::Bytes;
use model::{Cause, InvocationId};

use crate::Sink;

/// What a guest is asked to do.
#[derive(Debug, Clone)]
pub struct Work {
    pub invocation: InvocationId,
    /// The event document; JSON for Lambda.
    pub payload: Bytes,
    /// The ARN that was called, with its qualifier if the caller gave one.
    pub invoked_arn: String,
    /// The decoded JSON of `X-Amz-Client-Context`, if the caller gave one.
    pub client_context: Option<String>,
    pub trace_id: String,
    /// What this call, while it runs, is the cause of.
    pub cause: Cause,
    /// Where a response that comes in pieces is put, by engines that can. Without one it is gathered and answered whole.
    pub sink: Option<Sink>,
}
