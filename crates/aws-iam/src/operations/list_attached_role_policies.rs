//! `ListAttachedRolePolicies`: the managed policies that are attached to a role.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::Roles;
use crate::checks::{Checks, Member};
use crate::paging::page;

pub struct ListAttachedRolePolicies;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    attached_policies: Vec<Attached>,
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    policy_name: String,
    policy_arn: String,
}

#[async_trait]
impl Operation for ListAttachedRolePolicies {
    type Face = Roles;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListAttachedRolePolicies";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new()
            .role_name(&input.role_name)
            .path("pathPrefix", input.path_prefix.as_deref(), false)
            .paging(input.marker.as_deref(), input.max_items)
            .done()?;
        Ok(vec![face.on_role(call, &input.role_name, "iam:ListAttachedRolePolicies").await?])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<Output, Failure> {
        let role = face.existing(call, &input.role_name).await?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let policies = role.attached.into_iter().map(Attached::new);
        let below = policies.filter(|policy| policy.path().starts_with(prefix));
        let page = page(below, |policy| &policy.policy_arn, input.marker.as_deref(), input.max_items);
        let is_truncated = page.marker.is_some();
        Ok(Output { attached_policies: page.items, is_truncated, marker: page.marker })
    }
}

impl Attached {
    fn new(policy_arn: String) -> Self {
        let name = policy_arn.rsplit('/').next().unwrap_or_default();
        Self { policy_name: name.to_owned(), policy_arn }
    }

    /// What stands in the ARN between `policy` and the name, with both slashes.
    fn path(&self) -> &str {
        let resource = self.policy_arn.split_once(":policy").map_or("", |(_, resource)| resource);
        resource.strip_suffix(self.policy_name.as_str()).unwrap_or(resource)
    }
}
