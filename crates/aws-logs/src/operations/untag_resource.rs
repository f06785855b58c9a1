//! `UntagResource`: tags off a group.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::checks::Checks;
use crate::{Face, groups, limits, tags};

pub struct UntagResource;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    resource_arn: String,
    tag_keys: Vec<String>,
}

#[async_trait]
impl Operation for UntagResource {
    type Face = Face;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "UntagResource";

    async fn permissions(_: &Face, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![groups::on_group(&groups::by_arn(&input.resource_arn)?, "logs:UntagResource")])
    }

    async fn run(face: &Face, _: &Call, input: Input) -> Result<(), Failure> {
        Checks::new().count("tagKeys", input.tag_keys.len(), 0, limits::TAGS).done()?;
        tags::remove(face, &groups::by_arn(&input.resource_arn)?, input.tag_keys).await
    }
}
