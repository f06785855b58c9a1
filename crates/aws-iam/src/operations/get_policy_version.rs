//! `GetPolicyVersion`: the document of one of the policies that AWS manages.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::checks::{Checks, Member};
use crate::shapes::ONLY_VERSION;
use crate::{Roles, documents, faults, limits};

pub struct GetPolicyVersion;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    policy_arn: Member,
    version_id: Member,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy_version: Version,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    document: String,
    version_id: &'static str,
    is_default_version: bool,
}

#[async_trait]
impl Operation for GetPolicyVersion {
    type Face = Roles;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "GetPolicyVersion";

    async fn permissions(_: &Roles, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new()
            .required("policyArn", &input.policy_arn, limits::ARN)
            .required("versionId", &input.version_id, limits::VERSION_ID)
            .done()?;
        Ok(vec![Permission::new("iam:GetPolicyVersion", &*input.policy_arn)])
    }

    async fn run(_: &Roles, _: &Call, input: Input) -> Result<Output, Failure> {
        let policy = iam::managed_policy(&input.policy_arn).filter(|_| &*input.version_id == ONLY_VERSION);
        let policy = policy.ok_or_else(|| faults::no_such_version(&input.policy_arn, &input.version_id))?;
        let policy_version = Version {
            document: documents::encoded(&policy.document),
            version_id: ONLY_VERSION,
            is_default_version: true,
        };
        Ok(Output { policy_version })
    }
}
