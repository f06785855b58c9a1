//! `DescribeLogGroups`: groups of an account and region by name.

use async_trait::async_trait;
use model::{Failure, Fault, Permission, Time};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};
use telemetry::{GroupAt, GroupStatus, GroupsAsk, LogError};

use crate::checks::Checks;
use crate::{Face, faults, groups, limits, tokens};

pub struct DescribeLogGroups;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    account_identifiers: Vec<String>,
    include_linked_accounts: bool,
    limit: Option<i64>,
    log_group_class: Option<String>,
    log_group_identifiers: Vec<String>,
    log_group_name_pattern: Option<String>,
    log_group_name_prefix: Option<String>,
    next_token: Option<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    log_groups: Vec<LogGroup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogGroup {
    log_group_name: String,
    creation_time: Time,
    arn: String,
    #[serde(flatten)]
    details: Option<Details>,
}

/// AWS: not told in a search by `logGroupNamePattern`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_in_days: Option<u32>,
    metric_filter_count: u32,
    stored_bytes: u64,
    log_group_class: &'static str,
    log_group_arn: String,
    deletion_protection_enabled: bool,
}

#[async_trait]
impl Operation for DescribeLogGroups {
    type Face = Face;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "DescribeLogGroups";

    async fn permissions(_: &Face, call: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![groups::on_group(&groups::named(call, ""), "logs:DescribeLogGroups")])
    }

    async fn run(face: &Face, call: &Call, input: Input) -> Result<Output, Failure> {
        check(&input)?;
        if input.log_group_class.is_some_and(|class| class != "STANDARD") {
            return Ok(Output::default());
        }
        if !input.log_group_identifiers.is_empty() {
            return named(face, call, &input.log_group_identifiers).await;
        }
        let after = input
            .next_token
            .as_deref()
            .map(|token| tokens::group_before(token).map(str::to_owned).ok_or_else(faults::invalid_token));
        let after = after.transpose()?;
        let whole = input.log_group_name_pattern.is_none();
        let ask = GroupsAsk {
            prefix: input.log_group_name_prefix.unwrap_or_default(),
            containing: input.log_group_name_pattern.unwrap_or_default(),
            after,
            limit: input.limit.map_or(limits::DESCRIBE_PAGE, |limit| limit as usize),
        };
        let (found, more) = face.logs.groups(&call.caller.account, &call.region, &ask).await?;
        let next_token = found.last().filter(|_| more).map(|last| tokens::after_group(&last.name));
        let log_groups = found
            .into_iter()
            .map(|status| described(&groups::named(call, &status.name), status, whole))
            .collect();
        Ok(Output { log_groups, next_token })
    }
}

fn check(input: &Input) -> Result<(), Fault> {
    let classes = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"];
    Checks::new()
        .given(input.limit.as_ref(), |checks, limit| {
            checks.within("limit", *limit, 1, limits::DESCRIBE_PAGE as i64)
        })
        .given(input.log_group_class.as_deref(), |checks, class| {
            checks.one_of("logGroupClass", class, &classes)
        })
        .given(input.log_group_name_prefix.as_deref(), |checks, name| {
            checks.group_name("logGroupNamePrefix", name)
        })
        .given(input.log_group_name_pattern.as_deref(), |checks, name| {
            checks.length("logGroupNamePattern", name, 0, limits::NAME)
        })
        .count("logGroupIdentifiers", input.log_group_identifiers.len(), 0, limits::DESCRIBE_NAMED)
        .done()?;
    if input.include_linked_accounts || !input.account_identifiers.is_empty() {
        return Err(faults::member_not_implemented("includeLinkedAccounts"));
    }
    if input.log_group_name_prefix.is_some() && input.log_group_name_pattern.is_some() {
        let message = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.";
        return Err(faults::invalid_parameter(message));
    }
    Ok(())
}

/// Those of the named groups that there are.
async fn named(face: &Face, call: &Call, identifiers: &[String]) -> Result<Output, Failure> {
    let mut log_groups = Vec::new();
    for identifier in identifiers {
        let at = groups::identified(call, "logGroupIdentifiers", identifier)?;
        if at.account != call.caller.account {
            return Err(faults::member_not_implemented("logGroupIdentifiers of another account").into());
        }
        match face.logs.group(&at).await {
            Ok(status) => log_groups.push(described(&at, status, true)),
            Err(LogError::Internal(internal)) => return Err(internal.into()),
            Err(_) => {}
        }
    }
    Ok(Output { log_groups, next_token: None })
}

fn described(at: &GroupAt, status: GroupStatus, whole: bool) -> LogGroup {
    let details = Details {
        retention_in_days: status.group.retention_days,
        metric_filter_count: 0,
        stored_bytes: status.bytes,
        log_group_class: "STANDARD",
        log_group_arn: groups::arn(at, ""),
        deletion_protection_enabled: false,
    };
    LogGroup {
        log_group_name: status.name,
        creation_time: status.group.created,
        arn: groups::arn(at, ":*"),
        details: whole.then_some(details),
    }
}
