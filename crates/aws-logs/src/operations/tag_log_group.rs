//! `TagLogGroup`: tags on a group, the older spelling of `TagResource`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::checks::Checks;
use crate::{Face, groups, tags};

pub struct TagLogGroup;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    log_group_name: String,
    tags: BTreeMap<String, String>,
}

#[async_trait]
impl Operation for TagLogGroup {
    type Face = Face;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "TagLogGroup";

    async fn permissions(_: &Face, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![groups::on_group(&groups::named(call, &input.log_group_name), "logs:TagLogGroup")])
    }

    async fn run(face: &Face, call: &Call, input: Input) -> Result<(), Failure> {
        Checks::new().group_name("logGroupName", &input.log_group_name).done()?;
        let at = groups::named(call, &input.log_group_name);
        tags::put(face, &at, input.tags).await
    }
}
