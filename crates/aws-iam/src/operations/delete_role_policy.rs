//! `DeleteRolePolicy`: one of a role's own policies goes.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::checks::{Checks, Member};
use crate::{Roles, faults};

pub struct DeleteRolePolicy;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
    policy_name: Member,
}

#[async_trait]
impl Operation for DeleteRolePolicy {
    type Face = Roles;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "DeleteRolePolicy";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new().role_name(&input.role_name).policy_name(&input.policy_name).done()?;
        Ok(vec![face.on_role(call, &input.role_name, "iam:DeleteRolePolicy").await?])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<(), Failure> {
        face.change(call, &input.role_name, |role| {
            let removed = role.inline.remove(&*input.policy_name);
            removed.map(drop).ok_or_else(|| faults::no_such_role_policy(&input.policy_name))
        })
        .await
    }
}
