//! `ListInstanceProfilesForRole`: none: there are no instances here. Clients ask before they delete a role.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::Roles;
use crate::checks::{Checks, Member};

pub struct ListInstanceProfilesForRole;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    instance_profiles: [(); 0],
    is_truncated: bool,
}

#[async_trait]
impl Operation for ListInstanceProfilesForRole {
    type Face = Roles;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListInstanceProfilesForRole";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new().role_name(&input.role_name).paging(input.marker.as_deref(), input.max_items).done()?;
        Ok(vec![face.on_role(call, &input.role_name, "iam:ListInstanceProfilesForRole").await?])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<Output, Failure> {
        face.existing(call, &input.role_name).await?;
        Ok(Output { instance_profiles: [], is_truncated: false })
    }
}
