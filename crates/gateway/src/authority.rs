//! The authority of calls: asks the decision engine, and words a denial as the service's protocol spells it.

use async_trait::async_trait;
use iam::{Decision, DenialReason, Iam, RequestContext};
use model::{Caller, Failure, Identity, Permission};
use service::{Authority, Call, Protocol};

use crate::faults;

/// Decides for one request.
pub struct Rights {
    pub iam: Iam,
    pub protocol: Protocol,
    pub context: RequestContext,
}

impl Rights {
    /// AWS: S3 tells strangers no reasons. Source: S3 user guide, "Troubleshoot access denied (403 Forbidden) errors".
    fn sentence(&self, caller: &Caller, permission: &Permission, reason: DenialReason) -> String {
        let owner = permission.resource_account.as_ref();
        let is_stranger =
            caller.identity == Identity::Anonymous || owner.is_some_and(|owner| *owner != caller.account);
        if self.protocol == Protocol::RestXml && is_stranger {
            return "Access Denied".to_owned();
        }
        iam::refusal(caller, permission.action, &permission.resource, reason)
    }
}

#[async_trait]
impl Authority for Rights {
    async fn allow(&self, call: &Call, permission: &Permission) -> Result<(), Failure> {
        match self.iam.decide(&call.caller, permission, &self.context).await? {
            Decision::Allowed => Ok(()),
            Decision::Denied(reason) => {
                Err(faults::denied(self.protocol, self.sentence(&call.caller, permission, reason)).into())
            }
        }
    }
}
