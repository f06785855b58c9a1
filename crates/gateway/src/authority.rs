//! The authority of calls: asks the decision engine, and words a denial as the service's protocol spells it.

use async_trait::async_trait;
use iam::{Decision, Iam, RequestContext};
use model::{Failure, Permission};
use service::{Authority, Call, Protocol};

use crate::faults;

/// Decides for one request.
pub struct Rights {
    pub iam: Iam,
    pub protocol: Protocol,
    pub context: RequestContext,
}

#[async_trait]
impl Authority for Rights {
    async fn allow(&self, call: &Call, permission: &Permission) -> Result<(), Failure> {
        match self.iam.decide(&call.caller, permission, &self.context).await? {
            Decision::Allowed => Ok(()),
            Decision::Denied(reason) => {
                let sentence = iam::refusal(&call.caller, permission.action, &permission.resource, reason);
                Err(faults::denied(self.protocol, sentence).into())
            }
        }
    }
}
