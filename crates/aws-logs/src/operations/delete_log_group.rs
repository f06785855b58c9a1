//! `DeleteLogGroup`: a group with all its streams and events.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::checks::Checks;
use crate::{Face, faults, groups};

pub struct DeleteLogGroup;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    log_group_name: String,
}

#[async_trait]
impl Operation for DeleteLogGroup {
    type Face = Face;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "DeleteLogGroup";

    async fn permissions(_: &Face, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![groups::on_group(&groups::named(call, &input.log_group_name), "logs:DeleteLogGroup")])
    }

    async fn run(face: &Face, call: &Call, input: Input) -> Result<(), Failure> {
        Checks::new().group_name("logGroupName", &input.log_group_name).done()?;
        let at = groups::named(call, &input.log_group_name);
        face.logs.delete_group(&at).await.map_err(faults::of_group)
    }
}
