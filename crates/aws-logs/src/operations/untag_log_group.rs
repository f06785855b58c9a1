//! `UntagLogGroup`: tags off a group, the older spelling of `UntagResource`.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::checks::Checks;
use crate::{Face, groups, tags};

pub struct UntagLogGroup;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    log_group_name: String,
    /// Their keys.
    tags: Vec<String>,
}

#[async_trait]
impl Operation for UntagLogGroup {
    type Face = Face;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "UntagLogGroup";

    async fn permissions(_: &Face, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![groups::on_group(&groups::named(call, &input.log_group_name), "logs:UntagLogGroup")])
    }

    async fn run(face: &Face, call: &Call, input: Input) -> Result<(), Failure> {
        Checks::new()
            .group_name("logGroupName", &input.log_group_name)
            .count("tags", input.tags.len(), 1, usize::MAX)
            .done()?;
        let at = groups::named(call, &input.log_group_name);
        tags::remove(face, &at, input.tags).await
    }
}
