//! `AttachRolePolicy`: a role has what a managed policy says, too. One that it has already is no fault.

use async_trait::async_trait;
use model::{Arn, Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::checks::{Checks, Member};
use crate::{Roles, faults, limits};

pub struct AttachRolePolicy;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
    policy_arn: Member,
}

#[async_trait]
impl Operation for AttachRolePolicy {
    type Face = Roles;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "AttachRolePolicy";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new()
            .role_name(&input.role_name)
            .required("policyArn", &input.policy_arn, limits::ARN)
            .done()?;
        let permission = face.on_role(call, &input.role_name, "iam:AttachRolePolicy").await?;
        Ok(vec![permission.with_context("iam:PolicyARN", &*input.policy_arn)])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<(), Failure> {
        if input.policy_arn.parse::<Arn>().is_err() {
            return Err(faults::invalid_input(format!("ARN {} is not valid.", &*input.policy_arn)).into());
        }
        let managed = iam::managed_policy(&input.policy_arn);
        face.change(call, &input.role_name, |role| {
            let policy = managed.ok_or_else(|| faults::not_attachable(&input.policy_arn))?;
            role.attached.insert(policy.arn.clone());
            if role.attached.len() > limits::ATTACHED_POLICIES {
                let most = limits::ATTACHED_POLICIES;
                let message = format!("Cannot exceed quota for PoliciesPerRole: {most}");
                return Err(faults::limit_exceeded(message));
            }
            Ok(())
        })
        .await
    }
}
