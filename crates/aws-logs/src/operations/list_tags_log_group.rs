//! `ListTagsLogGroup`: the tags of a group, the older spelling of `ListTagsForResource`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::checks::Checks;
use crate::{Face, faults, groups};

pub struct ListTagsLogGroup;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    log_group_name: String,
}

#[derive(Serialize)]
pub struct Output {
    tags: BTreeMap<String, String>,
}

#[async_trait]
impl Operation for ListTagsLogGroup {
    type Face = Face;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListTagsLogGroup";

    async fn permissions(_: &Face, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![groups::on_group(&groups::named(call, &input.log_group_name), "logs:ListTagsLogGroup")])
    }

    async fn run(face: &Face, call: &Call, input: Input) -> Result<Output, Failure> {
        Checks::new().group_name("logGroupName", &input.log_group_name).done()?;
        let at = groups::named(call, &input.log_group_name);
        let tags = face.logs.group(&at).await.map_err(faults::of_group)?.group.tags;
        Ok(Output { tags })
    }
}
