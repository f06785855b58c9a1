//! `ListPolicies`: the policies that AWS manages, page by page.

use async_trait::async_trait;
use iam::ManagedPolicy;
use model::{Failure, Permission};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::Roles;
use crate::attachments::Attachments;
use crate::checks::{Checks, refuse_unbuilt};
use crate::paging::page;
use crate::shapes::PolicyShape;

pub struct ListPolicies;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    scope: Option<Scope>,
    only_attached: Option<bool>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<IgnoredAny>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Scope {
    All,
    #[serde(rename = "AWS")]
    Aws,
    Local,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policies: Vec<PolicyShape>,
    is_truncated: bool,
    marker: Option<String>,
}

#[async_trait]
impl Operation for ListPolicies {
    type Face = Roles;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListPolicies";

    async fn permissions(_: &Roles, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let unbuilt = [
            ("OnlyAttached", input.only_attached == Some(true)),
            ("PolicyUsageFilter", input.policy_usage_filter.is_some()),
        ];
        refuse_unbuilt(Self::NAME, &unbuilt)?;
        Checks::new()
            .path("pathPrefix", input.path_prefix.as_deref(), false)
            .paging(input.marker.as_deref(), input.max_items)
            .done()?;
        Ok(vec![Permission::new("iam:ListPolicies", "*")])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<Output, Failure> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let is_asked =
            |policy: &&ManagedPolicy| input.scope != Some(Scope::Local) && policy.path.starts_with(prefix);
        let policies = iam::managed_policies().filter(is_asked);
        let page = page(policies, |policy| &policy.arn, input.marker.as_deref(), input.max_items);
        let attachments = Attachments::count(face, &call.caller.account).await?;
        let policies =
            page.items.into_iter().map(|policy| PolicyShape::listed(policy, &attachments)).collect();
        Ok(Output { policies, is_truncated: page.marker.is_some(), marker: page.marker })
    }
}
