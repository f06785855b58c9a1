//! `GetRole`: one role.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::Roles;
use crate::checks::{Checks, Member};
use crate::shapes::{OneRole, RoleShape};

pub struct GetRole;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
}

#[async_trait]
impl Operation for GetRole {
    type Face = Roles;
    type Input = Input;
    type Output = OneRole;

    const NAME: &'static str = "GetRole";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new().role_name(&input.role_name).done()?;
        Ok(vec![face.on_role(call, &input.role_name, "iam:GetRole").await?])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<OneRole, Failure> {
        let role = RoleShape::told(face.existing(call, &input.role_name).await?);
        Ok(OneRole { role })
    }
}
