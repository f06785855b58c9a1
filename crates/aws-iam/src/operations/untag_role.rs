//! `UntagRole`: a role loses tags; those that it does not have are no fault.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::Roles;
use crate::checks::{Checks, Member};

pub struct UntagRole;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
    tag_keys: Vec<String>,
}

#[async_trait]
impl Operation for UntagRole {
    type Face = Roles;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "UntagRole";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new().role_name(&input.role_name).done()?;
        let permission = face.on_role(call, &input.role_name, "iam:UntagRole").await?;
        let with_key = |permission: Permission, key: &String| permission.with_context("aws:TagKeys", key);
        Ok(vec![input.tag_keys.iter().fold(permission, with_key)])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<(), Failure> {
        face.change(call, &input.role_name, |role| {
            role.tags.retain(|tag| !input.tag_keys.iter().any(|key| key.eq_ignore_ascii_case(&tag.key)));
            Ok(())
        })
        .await
    }
}
