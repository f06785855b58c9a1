//! Queue attributes as callers set them and as answers show them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use model::{Arn, Fault};
use serde_json::{Map, Value, json};

use crate::engine::{Counts, Queue, QueueKey, Redrive, RedriveAllow, Settings};
use crate::{faults, limits};

/// As callers give them.
pub type Attributes = BTreeMap<String, String>;

/// What a queue has that nothing was said of.
pub fn unset() -> Settings {
    Settings {
        visibility_timeout: limits::DEFAULT_VISIBILITY,
        delay: 0,
        retention: limits::DEFAULT_RETENTION,
        message_bytes: *limits::MESSAGE_SIZES.end(),
        wait: 0,
        policy: None,
        redrive: None,
        redrive_allow: None,
        content_deduplication: false,
        deduplication_scope: None,
        throughput_limit: None,
        kms_key: None,
        kms_reuse: None,
        managed_encryption: true,
    }
}

/// Sets what is given. `FifoQueue` is not among it: a queue is one from the beginning or never.
pub fn apply(to: &mut Settings, key: &QueueKey, attributes: &Attributes) -> Result<(), Fault> {
    for (name, value) in attributes {
        set(to, key, name, value)?;
    }
    if to.throughput_limit.as_deref() == Some("perMessageGroupId")
        && to.deduplication_scope.as_deref() != Some("messageGroup")
    {
        return Err(faults::invalid_attribute_because(
            "Invalid value for the parameter FifoThroughputLimit. Reason: DeduplicationScope must be set to messageGroup.",
        ));
    }
    Ok(())
}

fn set(to: &mut Settings, key: &QueueKey, name: &str, value: &str) -> Result<(), Fault> {
    let number = |range| number(name, value, range);
    let text = || Some(value.to_owned()).filter(|value| !value.is_empty());
    match name {
        "VisibilityTimeout" => to.visibility_timeout = number(limits::VISIBILITY_SECONDS)?,
        "DelaySeconds" => to.delay = number(limits::DELAY_SECONDS)?,
        "MessageRetentionPeriod" => to.retention = number(limits::RETENTION_SECONDS)?,
        "MaximumMessageSize" => to.message_bytes = number(limits::MESSAGE_SIZES)?,
        "ReceiveMessageWaitTimeSeconds" => to.wait = number(limits::WAIT_SECONDS)?,
        "KmsDataKeyReusePeriodSeconds" => to.kms_reuse = Some(number(limits::KMS_REUSE_SECONDS)?),
        "KmsMasterKeyId" => {
            to.kms_key = text();
            to.managed_encryption = to.kms_key.is_none() && to.managed_encryption;
        }
        "SqsManagedSseEnabled" => {
            to.managed_encryption = truth(name, value)?;
            if to.managed_encryption {
                to.kms_key = None;
            }
        }
        "Policy" => to.policy = policy(value)?,
        "RedrivePolicy" => to.redrive = redrive(key, value)?,
        "RedriveAllowPolicy" => to.redrive_allow = redrive_allow(value)?,
        "ContentBasedDeduplication" | "DeduplicationScope" | "FifoThroughputLimit" if !key.is_fifo() => {
            return Err(faults::unknown_attribute(name));
        }
        "ContentBasedDeduplication" => to.content_deduplication = truth(name, value)?,
        "DeduplicationScope" => to.deduplication_scope = one_of(name, value, ["messageGroup", "queue"])?,
        "FifoThroughputLimit" => {
            to.throughput_limit = one_of(name, value, ["perQueue", "perMessageGroupId"])?
        }
        "FifoQueue" => {}
        _ => return Err(faults::unknown_attribute(name)),
    }
    Ok(())
}

fn number(name: &str, value: &str, range: RangeInclusive<u32>) -> Result<u32, Fault> {
    let number = value.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| faults::invalid_attribute(name))
}

pub fn truth(name: &str, value: &str) -> Result<bool, Fault> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(faults::invalid_attribute(name)),
    }
}

fn one_of(name: &str, value: &str, all: [&str; 2]) -> Result<Option<String>, Fault> {
    match all.contains(&value) {
        true => Ok(Some(value.to_owned())),
        false => Err(faults::invalid_attribute(name)),
    }
}

/// That it is a policy is seen here; what it says, when somebody asks.
fn policy(value: &str) -> Result<Option<String>, Fault> {
    if value.is_empty() {
        return Ok(None);
    }
    let parsed: Option<Map<String, Value>> = serde_json::from_str(value).ok();
    match parsed.filter(|policy| policy.contains_key("Statement")) {
        Some(_) => Ok(Some(value.to_owned())),
        None => Err(faults::invalid_attribute("Policy")),
    }
}

/// Source: developer guide, "Configuring a dead-letter queue".
fn redrive(key: &QueueKey, value: &str) -> Result<Option<Redrive>, Fault> {
    if value.is_empty() {
        return Ok(None);
    }
    let refused = |reason: &str| Err(faults::invalid(value, "RedrivePolicy", reason));
    let Ok(Value::Object(policy)) = serde_json::from_str::<Value>(value) else {
        return refused("Redrive policy is not a valid JSON map.");
    };
    let Some(target) = policy.get("deadLetterTargetArn") else {
        return refused("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
    };
    let Some(receives) = policy.get("maxReceiveCount") else {
        return refused("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
    };
    let given = receives.as_str().map_or_else(|| receives.to_string(), str::to_owned);
    let receives = match receives {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let receives =
        receives.and_then(|count| u32::try_from(count).ok()).filter(|count| limits::RECEIVES.contains(count));
    let Some(receives) = receives else {
        return refused(&format!(
            "Invalid value for maxReceiveCount: {given}, valid values are from 1 to 1000 both inclusive."
        ));
    };
    let target: Option<Arn> = target.as_str().and_then(|target| target.parse().ok());
    let Some((target, dead)) = target.and_then(|arn| QueueKey::of_arn(&arn).map(|key| (arn, key))) else {
        return refused("Invalid value for deadLetterTargetArn.");
    };
    if dead.is_fifo() != key.is_fifo() {
        return refused("Dead-letter queue must be same type of queue as the source.");
    }
    if dead.account != key.account || dead.region != key.region {
        return refused("Dead-letter target owner should be same as the source.");
    }
    Ok(Some(Redrive { target, receives }))
}

/// Source: API reference, `SetQueueAttributes`, `RedriveAllowPolicy`.
fn redrive_allow(value: &str) -> Result<Option<RedriveAllow>, Fault> {
    if value.is_empty() {
        return Ok(None);
    }
    let refused = |reason: &str| faults::invalid(value, "RedriveAllowPolicy", reason);
    let unsupported = "Amazon SQS can't create the redrive allow policy, as it's in an unsupported format.";
    let policy: Map<String, Value> = serde_json::from_str(value).map_err(|_| refused(unsupported))?;
    let arns = policy.get("sourceQueueArns").and_then(Value::as_array);
    match (policy.get("redrivePermission").and_then(Value::as_str), arns) {
        (Some("allowAll"), None) => Ok(Some(RedriveAllow::All)),
        (Some("denyAll"), None) => Ok(Some(RedriveAllow::None)),
        (Some("byQueue"), Some(arns)) if (1..=limits::REDRIVE_SOURCES).contains(&arns.len()) => {
            let arns = arns.iter().map(|arn| arn.as_str().and_then(|arn| arn.parse().ok()));
            let arns: Option<Vec<Arn>> = arns.collect();
            Ok(Some(RedriveAllow::From(arns.ok_or_else(|| refused(unsupported))?)))
        }
        _ => Err(refused(unsupported)),
    }
}

/// The attributes in which a queue is not as it is asked for: what makes `CreateQueue` of an existing one fail.
pub fn first_difference(there: &Queue, attributes: &Attributes) -> Option<String> {
    let shown = shown(there, None);
    let differs = |name: &str, value: &str| match name {
        "Policy" | "RedrivePolicy" | "RedriveAllowPolicy" => {
            let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
            let there = shown.get(name).and_then(Value::as_str).unwrap_or_default();
            parse(there) != parse(value) && !(there.is_empty() && value.is_empty())
        }
        "FifoQueue" => false,
        _ => shown.get(name).and_then(Value::as_str).is_none_or(|there| !there.eq_ignore_ascii_case(value)),
    };
    attributes.iter().find(|(name, value)| differs(name, value)).map(|(name, _)| name.clone())
}

/// Every attribute of a queue, as `GetQueueAttributes` shows it; counts where they are known.
pub fn shown(queue: &Queue, counts: Option<Counts>) -> Map<String, Value> {
    let Queue { key, settings, .. } = queue;
    let mut shown = Map::new();
    let mut show = |name: &str, value: String| drop(shown.insert(name.to_owned(), json!(value)));
    show("QueueArn", key.arn().to_string());
    if let Some(counts) = counts {
        show("ApproximateNumberOfMessages", counts.visible.to_string());
        show("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string());
        show("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string());
    }
    show("CreatedTimestamp", (queue.created.as_millis() / 1000).to_string());
    show("LastModifiedTimestamp", (queue.modified.as_millis() / 1000).to_string());
    show("VisibilityTimeout", settings.visibility_timeout.to_string());
    show("MaximumMessageSize", settings.message_bytes.to_string());
    show("MessageRetentionPeriod", settings.retention.to_string());
    show("DelaySeconds", settings.delay.to_string());
    show("ReceiveMessageWaitTimeSeconds", settings.wait.to_string());
    show("SqsManagedSseEnabled", settings.managed_encryption.to_string());
    if let Some(key) = &settings.kms_key {
        show("KmsMasterKeyId", key.clone());
        show(
            "KmsDataKeyReusePeriodSeconds",
            settings.kms_reuse.unwrap_or(limits::DEFAULT_KMS_REUSE).to_string(),
        );
    }
    if let Some(policy) = &settings.policy {
        show("Policy", policy.clone());
    }
    if let Some(Redrive { target, receives }) = &settings.redrive {
        let policy = json!({ "deadLetterTargetArn": target, "maxReceiveCount": receives });
        show("RedrivePolicy", policy.to_string());
    }
    if let Some(allow) = &settings.redrive_allow {
        let policy = match allow {
            RedriveAllow::All => json!({ "redrivePermission": "allowAll" }),
            RedriveAllow::None => json!({ "redrivePermission": "denyAll" }),
            RedriveAllow::From(arns) => json!({ "redrivePermission": "byQueue", "sourceQueueArns": arns }),
        };
        show("RedriveAllowPolicy", policy.to_string());
    }
    if key.is_fifo() {
        show("FifoQueue", "true".to_owned());
        show("ContentBasedDeduplication", settings.content_deduplication.to_string());
        show(
            "DeduplicationScope",
            settings.deduplication_scope.clone().unwrap_or_else(|| "queue".to_owned()),
        );
        show(
            "FifoThroughputLimit",
            settings.throughput_limit.clone().unwrap_or_else(|| "perQueue".to_owned()),
        );
    }
    shown
}

/// The names that are attributes of queues.
pub const NAMES: [&str; 22] = [
    "All",
    "Policy",
    "VisibilityTimeout",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
    "ApproximateNumberOfMessagesDelayed",
    "DelaySeconds",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "FifoQueue",
    "ContentBasedDeduplication",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
];
