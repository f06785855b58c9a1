//! One operation of a face, and a face as the gateway sees it.

use async_trait::async_trait;
use model::{Failure, Fault, Permission, RequestId};

use crate::Call;

/// What one API operation takes, asks permission for, does and gives. Each lives in its own file.
#[async_trait]
pub trait Operation: Send + Sync + 'static {
    /// The state that all operations of the service share.
    type Face: Send + Sync + 'static;
    type Input: Send + 'static;
    type Output: Send + 'static;

    /// As AWS names it: `CreateFunction`.
    const NAME: &'static str;

    /// What the caller must be allowed to do. Decided before `run`, all of it.
    async fn permissions(
        face: &Self::Face,
        call: &Call,
        input: &Self::Input,
    ) -> Result<Vec<Permission>, Failure>;

    async fn run(face: &Self::Face, call: &Call, input: Self::Input) -> Result<Self::Output, Failure>;
}

/// Decides on every permission that the operation declares, then runs it. The only way an operation is run.
pub async fn permitted<O: Operation>(
    face: &O::Face,
    call: &Call,
    input: O::Input,
) -> Result<O::Output, Failure> {
    for permission in O::permissions(face, call, &input).await? {
        call.authority.allow(call, &permission).await?;
    }
    O::run(face, call, input).await
}

/// How a service spells requests, answers and faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    RestJson,
    AwsJson10,
    AwsJson11,
    AwsQuery,
    RestXml,
}

/// A face, as the gateway calls it.
#[async_trait]
pub trait Service: Send + Sync {
    /// The name in signature scopes and actions: `lambda`, `s3`, `logs`.
    fn signing_name(&self) -> &'static str;

    fn protocol(&self) -> Protocol;

    /// Whether a request that names no service by its signature or host looks like one of this service.
    fn claims(&self, head: &http::request::Parts) -> bool {
        let _ = head;
        false
    }

    /// Whether this request may come without a signature and then becomes a call of nobody in particular. Whoever says
    /// yes lets the operation's own permissions decide.
    fn is_open(&self, head: &http::request::Parts) -> bool {
        let _ = head;
        false
    }

    /// Whether whoever calls here may bring an `Authorization` that is not AWS's, as if there were none.
    fn takes_any_authorization(&self, head: &http::request::Parts) -> bool {
        let _ = head;
        false
    }

    /// Answers in full: faults are spelled, nothing is left to the gateway but to add the request id's header.
    async fn handle(&self, call: Call, request: wire::Request) -> wire::Response;

    /// Spells a fault for a request that did not become a call: unsigned, wrongly signed, unreadable.
    fn refuse(&self, fault: &Fault, request_id: &RequestId) -> wire::Response;
}
