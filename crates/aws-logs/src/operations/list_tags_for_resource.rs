//! `ListTagsForResource`: the tags of a group.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::{Face, faults, groups};

pub struct ListTagsForResource;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    resource_arn: String,
}

#[derive(Serialize)]
pub struct Output {
    tags: BTreeMap<String, String>,
}

#[async_trait]
impl Operation for ListTagsForResource {
    type Face = Face;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListTagsForResource";

    async fn permissions(_: &Face, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![groups::on_group(&groups::by_arn(&input.resource_arn)?, "logs:ListTagsForResource")])
    }

    async fn run(face: &Face, _: &Call, input: Input) -> Result<Output, Failure> {
        let at = groups::by_arn(&input.resource_arn)?;
        let tags = face.logs.group(&at).await.map_err(faults::of_group)?.group.tags;
        Ok(Output { tags })
    }
}
