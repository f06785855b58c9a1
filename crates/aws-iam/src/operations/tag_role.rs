//! `TagRole`: a role gets tags, or other values of those it has.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::Roles;
use crate::checks::{Checks, Member};
use crate::tags::{self, TagInput};

pub struct TagRole;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
    tags: Vec<TagInput>,
}

#[async_trait]
impl Operation for TagRole {
    type Face = Roles;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "TagRole";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new().role_name(&input.role_name).tags(&input.tags).done()?;
        let permission = face.on_role(call, &input.role_name, "iam:TagRole").await?;
        Ok(vec![tags::requested(permission, &input.tags)])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<(), Failure> {
        face.change(call, &input.role_name, |role| tags::give(role, &input.tags)).await
    }
}
