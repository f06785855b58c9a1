//! `UpdateAssumeRolePolicy`: who may assume a role.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::checks::{Checks, Member};
use crate::{Roles, documents, limits};

pub struct UpdateAssumeRolePolicy;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
    policy_document: Member,
}

#[async_trait]
impl Operation for UpdateAssumeRolePolicy {
    type Face = Roles;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "UpdateAssumeRolePolicy";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new()
            .role_name(&input.role_name)
            .required("policyDocument", &input.policy_document, limits::DOCUMENT)
            .done()?;
        Ok(vec![face.on_role(call, &input.role_name, "iam:UpdateAssumeRolePolicy").await?])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<(), Failure> {
        documents::check_trust(&input.policy_document)?;
        face.change(call, &input.role_name, |role| {
            role.trust = input.policy_document.to_string();
            Ok(())
        })
        .await
    }
}
