//! `CreateLogGroup`: a group that keeps its events for ever.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::checks::Checks;
use crate::{Face, faults, groups, tags};

pub struct CreateLogGroup;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    log_group_name: String,
    kms_key_id: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    log_group_class: Option<String>,
    deletion_protection_enabled: bool,
}

#[async_trait]
impl Operation for CreateLogGroup {
    type Face = Face;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "CreateLogGroup";

    async fn permissions(_: &Face, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let at = groups::named(call, &input.log_group_name);
        let mut permissions = vec![groups::on_group(&at, "logs:CreateLogGroup")];
        if input.tags.is_some() {
            permissions.push(groups::on_group(&at, "logs:TagResource"));
        }
        Ok(permissions)
    }

    async fn run(face: &Face, call: &Call, input: Input) -> Result<(), Failure> {
        Checks::new()
            .group_name("logGroupName", &input.log_group_name)
            .given(input.log_group_class.as_deref(), |checks, class| {
                checks.one_of(
                    "logGroupClass",
                    class,
                    &["STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"],
                )
            })
            .done()?;
        if input.log_group_name.to_ascii_lowercase().starts_with("aws/") {
            return Err(faults::reserved_name().into());
        }
        if input.kms_key_id.is_some() {
            return Err(faults::member_not_implemented("kmsKeyId").into());
        }
        if input.deletion_protection_enabled {
            return Err(faults::member_not_implemented("deletionProtectionEnabled").into());
        }
        if input.log_group_class.is_some_and(|class| class != "STANDARD") {
            return Err(
                faults::invalid_parameter("Dayfly implements the log group class STANDARD only.").into()
            );
        }
        if let Some(tags) = &input.tags {
            tags::check(tags)?;
        }
        let at = groups::named(call, &input.log_group_name);
        face.logs.create_group(&at, input.tags.unwrap_or_default()).await.map_err(faults::of_group)
    }
}
