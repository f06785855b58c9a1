//! One call as an operation sees it: who, when, where, because of what.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use model::{Caller, Cause, Failure, Permission, Region, RequestId, Time};

/// A request whose caller is known.
#[derive(Clone)]
pub struct Call {
    pub request_id: RequestId,
    pub caller: Caller,
    /// From the signature's scope; the platform's default for a request without one.
    pub region: Region,
    pub time: Time,
    /// The invocation that this call comes out of, when it comes out of a sandbox.
    pub cause: Option<Cause>,
    pub source: Option<IpAddr>,
    /// Scheme, host and port by which the caller reached us, as in `http://127.0.0.1:4566`, for URLs in answers.
    pub origin: String,
    pub user_agent: String,
    pub authority: Arc<dyn Authority>,
}

/// Decides. The gateway brings the real one.
#[async_trait]
pub trait Authority: Send + Sync {
    /// Fails with the fault that AWS words for a denied call.
    async fn allow(&self, call: &Call, permission: &Permission) -> Result<(), Failure>;
}
