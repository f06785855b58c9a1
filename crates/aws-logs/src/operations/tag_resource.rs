//! `TagResource`: tags on a group.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::{Face, groups, tags};

pub struct TagResource;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    resource_arn: String,
    tags: BTreeMap<String, String>,
}

#[async_trait]
impl Operation for TagResource {
    type Face = Face;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "TagResource";

    async fn permissions(_: &Face, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![groups::on_group(&groups::by_arn(&input.resource_arn)?, "logs:TagResource")])
    }

    async fn run(face: &Face, _: &Call, input: Input) -> Result<(), Failure> {
        tags::put(face, &groups::by_arn(&input.resource_arn)?, input.tags).await
    }
}
