//! `DetachRolePolicy`: a role has what a managed policy says no more.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::checks::{Checks, Member};
use crate::{Roles, faults, limits};

pub struct DetachRolePolicy;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
    policy_arn: Member,
}

#[async_trait]
impl Operation for DetachRolePolicy {
    type Face = Roles;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "DetachRolePolicy";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new()
            .role_name(&input.role_name)
            .required("policyArn", &input.policy_arn, limits::ARN)
            .done()?;
        let permission = face.on_role(call, &input.role_name, "iam:DetachRolePolicy").await?;
        Ok(vec![permission.with_context("iam:PolicyARN", &*input.policy_arn)])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<(), Failure> {
        face.change(call, &input.role_name, |role| {
            let detached = role.attached.remove(&*input.policy_arn);
            detached.then_some(()).ok_or_else(|| faults::no_such_policy(&input.policy_arn))
        })
        .await
    }
}
