//! `DeleteRole`: a role that has no policies any more goes.

use async_trait::async_trait;
use iam::Role;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::checks::{Checks, Member};
use crate::{Roles, faults};

pub struct DeleteRole;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
}

#[async_trait]
impl Operation for DeleteRole {
    type Face = Roles;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "DeleteRole";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new().role_name(&input.role_name).done()?;
        Ok(vec![face.on_role(call, &input.role_name, "iam:DeleteRole").await?])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<(), Failure> {
        let bare = |role: &Role| {
            if !role.attached.is_empty() {
                return Err(faults::delete_conflict("Cannot delete entity, must detach all policies first."));
            }
            if !role.inline.is_empty() {
                return Err(faults::delete_conflict("Cannot delete entity, must delete policies first."));
            }
            Ok(())
        };
        let removed = face.iam.remove_role(&call.caller.account, &input.role_name, bare).await?;
        removed.map(drop).ok_or_else(|| faults::no_such_role(&input.role_name).into())
    }
}
