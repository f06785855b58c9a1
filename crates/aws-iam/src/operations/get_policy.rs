//! `GetPolicy`: one of the policies that AWS manages.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::attachments::Attachments;
use crate::checks::{Checks, Member};
use crate::shapes::PolicyShape;
use crate::{Roles, faults, limits};

pub struct GetPolicy;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    policy_arn: Member,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy: PolicyShape,
}

#[async_trait]
impl Operation for GetPolicy {
    type Face = Roles;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "GetPolicy";

    async fn permissions(_: &Roles, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new().required("policyArn", &input.policy_arn, limits::ARN).done()?;
        Ok(vec![Permission::new("iam:GetPolicy", &*input.policy_arn)])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<Output, Failure> {
        let policy = iam::managed_policy(&input.policy_arn);
        let policy = policy.ok_or_else(|| faults::no_such_policy(&input.policy_arn))?;
        let attachments = Attachments::count(face, &call.caller.account).await?;
        Ok(Output { policy: PolicyShape::new(policy, &attachments) })
    }
}
