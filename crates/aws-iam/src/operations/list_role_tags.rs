//! `ListRoleTags`: the tags of a role.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::Roles;
use crate::checks::{Checks, Member};
use crate::paging::page;
use crate::shapes::TagShape;

pub struct ListRoleTags;

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
    tags: Vec<TagShape>,
    is_truncated: bool,
    marker: Option<String>,
}

#[async_trait]
impl Operation for ListRoleTags {
    type Face = Roles;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListRoleTags";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new().role_name(&input.role_name).paging(input.marker.as_deref(), input.max_items).done()?;
        Ok(vec![face.on_role(call, &input.role_name, "iam:ListRoleTags").await?])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<Output, Failure> {
        let role = face.existing(call, &input.role_name).await?;
        let page = page(role.tags, |tag| &tag.key, input.marker.as_deref(), input.max_items);
        let tags = page.items.into_iter().map(TagShape::from).collect();
        Ok(Output { tags, is_truncated: page.marker.is_some(), marker: page.marker })
    }
}
