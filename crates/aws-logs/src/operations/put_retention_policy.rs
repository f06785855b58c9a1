//! `PutRetentionPolicy`: how many days a group keeps its events.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::checks::Checks;
use crate::{Face, faults, groups, limits};

pub struct PutRetentionPolicy;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    log_group_name: String,
    retention_in_days: u32,
}

#[async_trait]
impl Operation for PutRetentionPolicy {
    type Face = Face;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "PutRetentionPolicy";

    async fn permissions(_: &Face, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![groups::on_group(&groups::named(call, &input.log_group_name), "logs:PutRetentionPolicy")])
    }

    async fn run(face: &Face, call: &Call, input: Input) -> Result<(), Failure> {
        Checks::new()
            .group_name("logGroupName", &input.log_group_name)
            .one_of("retentionInDays", input.retention_in_days, &limits::RETENTION_DAYS)
            .done()?;
        let at = groups::named(call, &input.log_group_name);
        face.logs.set_retention(&at, Some(input.retention_in_days)).await.map_err(faults::of_group)
    }
}
