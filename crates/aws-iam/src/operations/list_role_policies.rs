//! `ListRolePolicies`: the names of a role's own policies.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::Roles;
use crate::checks::{Checks, Member};
use crate::paging::page;

pub struct ListRolePolicies;

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
    policy_names: Vec<String>,
    is_truncated: bool,
    marker: Option<String>,
}

#[async_trait]
impl Operation for ListRolePolicies {
    type Face = Roles;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListRolePolicies";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new().role_name(&input.role_name).paging(input.marker.as_deref(), input.max_items).done()?;
        Ok(vec![face.on_role(call, &input.role_name, "iam:ListRolePolicies").await?])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<Output, Failure> {
        let role = face.existing(call, &input.role_name).await?;
        let names = role.inline.into_keys();
        let page = page(names, String::as_str, input.marker.as_deref(), input.max_items);
        let is_truncated = page.marker.is_some();
        Ok(Output { policy_names: page.items, is_truncated, marker: page.marker })
    }
}
