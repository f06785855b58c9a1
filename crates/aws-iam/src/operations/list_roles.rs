//! `ListRoles`: the roles of the account, page by page.

use async_trait::async_trait;
use model::{Arn, Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::checks::Checks;
use crate::shapes::RoleShape;
use crate::{Roles, paging};

pub struct ListRoles;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    roles: Vec<RoleShape>,
    is_truncated: bool,
    marker: Option<String>,
}

#[async_trait]
impl Operation for ListRoles {
    type Face = Roles;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListRoles";

    async fn permissions(_: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new()
            .path("pathPrefix", input.path_prefix.as_deref(), true)
            .paging(input.marker.as_deref(), input.max_items)
            .done()?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let roles = Arn::new("iam", "", call.caller.account.as_str(), format!("role{prefix}"));
        Ok(vec![Permission::new("iam:ListRoles", roles.to_string())])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<Output, Failure> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let size = paging::size(input.max_items);
        let mut after = input.marker;
        let mut roles = Vec::new();
        while roles.len() <= size {
            let more = face.iam.roles(&call.caller.account, after.as_deref(), size + 1).await?;
            let Some(last) = more.last() else { break };
            after = Some(last.name.clone());
            roles.extend(more.into_iter().filter(|role| role.path.starts_with(prefix)));
        }
        let is_truncated = roles.len() > size;
        roles.truncate(size);
        let marker = roles.last().filter(|_| is_truncated).map(|last| last.name.clone());
        let roles = roles.into_iter().map(RoleShape::listed).collect();
        Ok(Output { roles, is_truncated, marker })
    }
}
