//! `GetRolePolicy`: one of a role's own policies.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::checks::{Checks, Member};
use crate::{Roles, documents, faults};

pub struct GetRolePolicy;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
    policy_name: Member,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    role_name: String,
    policy_name: String,
    policy_document: String,
}

#[async_trait]
impl Operation for GetRolePolicy {
    type Face = Roles;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "GetRolePolicy";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new().role_name(&input.role_name).policy_name(&input.policy_name).done()?;
        Ok(vec![face.on_role(call, &input.role_name, "iam:GetRolePolicy").await?])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<Output, Failure> {
        let role = face.existing(call, &input.role_name).await?;
        let document = role.inline.get(&*input.policy_name);
        let document = document.ok_or_else(|| faults::no_such_role_policy(&input.policy_name))?;
        Ok(Output {
            policy_document: documents::encoded(document),
            policy_name: input.policy_name.to_string(),
            role_name: role.name,
        })
    }
}
