//! Attributes of topics and subscriptions as callers set them and as answers show them.

use std::collections::BTreeMap;

use delivery::pattern::Pattern;
use model::{Arn, Fault};
use serde_json::{Map, Value, json};

use crate::engine::{Ready, Subscription, Topic};
use crate::{faults, limits};

/// What may be set of a topic.
const TOPIC: [&str; 14] = [
    "DisplayName",
    "Policy",
    "DeliveryPolicy",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
    "ContentBasedDeduplication",
    "FifoThroughputScope",
    "FifoTopic",
    "DataProtectionPolicy",
    "SQSSuccessFeedbackSampleRate",
    "LambdaSuccessFeedbackSampleRate",
    "HTTPSuccessFeedbackSampleRate",
    "ApplicationSuccessFeedbackSampleRate",
];

/// What AWS takes of a topic and this does not: logs of delivery, and archives.
fn is_unbuilt(name: &str) -> bool {
    name.ends_with("FeedbackRoleArn") || name.ends_with("FeedbackSampleRate") || name == "ArchivePolicy"
}

/// Sets an attribute of a topic. An empty value is that nothing is said of it.
pub fn set_topic(topic: &mut Topic, name: &str, value: &str, operation: &str) -> Result<(), Fault> {
    if is_unbuilt(name) && !value.is_empty() {
        return Err(Fault::not_implemented(&format!("{name} of {operation}")));
    }
    let is_fifo = topic.key.is_fifo();
    let refused = |reason: &str| Err(faults::invalid(format!("Attributes Reason: {reason}")));
    match name {
        "FifoTopic" => return Ok(()),
        "ContentBasedDeduplication" | "FifoThroughputScope" if !is_fifo => {
            return Err(faults::invalid(format!("AttributeName {name} is for FIFO topics only")));
        }
        "ContentBasedDeduplication" if !matches!(value, "true" | "false") => {
            return refused("ContentBasedDeduplication must be true or false");
        }
        "FifoThroughputScope" if !matches!(value, "Topic" | "MessageGroup") => {
            return refused("FifoThroughputScope must be Topic or MessageGroup");
        }
        "SignatureVersion" if !matches!(value, "1" | "2") => {
            return refused("SignatureVersion must be 1 or 2");
        }
        "TracingConfig" if !matches!(value, "PassThrough" | "Active") => {
            return refused("TracingConfig must be PassThrough or Active");
        }
        "Policy" if !value.is_empty() && !is_policy(value) => {
            return Err(faults::invalid("Policy Error: null"));
        }
        "DeliveryPolicy" if !value.is_empty() && !is_object(value) => {
            return Err(faults::invalid("DeliveryPolicy: Unexpected JSON type"));
        }
        _ if !TOPIC.contains(&name) => return Err(faults::invalid("AttributeName")),
        _ => {}
    }
    match value.is_empty() {
        true => drop(topic.attributes.remove(name)),
        false => drop(topic.attributes.insert(name.to_owned(), value.to_owned())),
    }
    Ok(())
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok()
}

fn is_policy(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok_and(|policy| policy.contains_key("Statement"))
}

/// Every attribute of a topic, as `GetTopicAttributes` shows it.
pub fn shown_topic(ready: &Ready) -> BTreeMap<String, String> {
    let topic = &ready.topic;
    let pending = ready.subscriptions.iter().filter(|one| one.subscription.is_pending()).count();
    let confirmed = ready.subscriptions.len() - pending;
    let mut shown = topic.attributes.clone();
    let mut show = |name: &str, value: String| drop(shown.insert(name.to_owned(), value));
    show("TopicArn", topic.key.arn().to_string());
    show("Owner", topic.key.account.to_string());
    show("Policy", topic.policy());
    show("DisplayName", topic.attribute("DisplayName").unwrap_or_default().to_owned());
    show("SubscriptionsPending", pending.to_string());
    show("SubscriptionsConfirmed", confirmed.to_string());
    show("SubscriptionsDeleted", topic.deleted.to_string());
    show("EffectiveDeliveryPolicy", effective_delivery_policy(topic.attribute("DeliveryPolicy")));
    if topic.key.is_fifo() {
        show("FifoTopic", "true".to_owned());
        show("ContentBasedDeduplication", topic.has_content_deduplication().to_string());
    }
    shown
}

/// What holds for addresses: what was set over what is so by default. Source: answers of AWS.
fn effective_delivery_policy(set: Option<&str>) -> String {
    let mut http = json!({
        "defaultHealthyRetryPolicy": {
            "minDelayTarget": 20,
            "maxDelayTarget": 20,
            "numRetries": 3,
            "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0,
            "numMinDelayRetries": 0,
            "backoffFunction": "linear",
        },
        "disableSubscriptionOverrides": false,
        "defaultRequestPolicy": { "headerContentType": "text/plain; charset=UTF-8" },
    });
    let set: Option<Value> = set.and_then(|text| serde_json::from_str(text).ok());
    if let Some(Value::Object(own)) = set.as_ref().and_then(|policy| policy.get("http")) {
        for (name, value) in own {
            merge(&mut http[name.as_str()], value);
        }
    }
    json!({ "http": http }).to_string()
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            from.iter().for_each(|(name, value)| drop(into.insert(name.clone(), value.clone())));
        }
        (into, from) => *into = from.clone(),
    }
}

/// Sets an attribute of a subscription. An empty value is that nothing is said of it.
pub fn set_subscription(to: &mut Subscription, name: &str, value: &str) -> Result<(), Fault> {
    match name {
        "FilterPolicy" => check_filter(value)?,
        "FilterPolicyScope" if !matches!(value, "MessageAttributes" | "MessageBody") => {
            let message = "Please use either MessageBody or MessageAttributes";
            return Err(faults::invalid(format!("FilterPolicyScope: Invalid value [{value}]. {message}")));
        }
        "RawMessageDelivery" => check_raw(&to.protocol, value)?,
        "RedrivePolicy" => check_redrive(to, value)?,
        "DeliveryPolicy" if !value.is_empty() && !is_object(value) => {
            return Err(faults::invalid("DeliveryPolicy: Unexpected JSON type"));
        }
        "FilterPolicyScope" | "DeliveryPolicy" => {}
        "SubscriptionRoleArn" if to.protocol == "firehose" => {}
        "ReplayPolicy" if !value.is_empty() => {
            return Err(Fault::not_implemented("ReplayPolicy of SetSubscriptionAttributes"));
        }
        _ => return Err(faults::invalid("AttributeName")),
    }
    match value.is_empty() || (name == "FilterPolicy" && value == "{}") {
        true => drop(to.attributes.remove(name)),
        false => drop(to.attributes.insert(name.to_owned(), value.to_owned())),
    }
    Ok(())
}

fn check_filter(value: &str) -> Result<(), Fault> {
    if value.is_empty() || value == "{}" {
        return Ok(());
    }
    if !is_object(value) {
        return Err(faults::invalid("FilterPolicy: failed to parse JSON."));
    }
    let pattern = Pattern::read(value)
        .map_err(|malformed| faults::invalid(format!("FilterPolicy: {}", malformed.0)))?;
    if pattern.combinations > limits::FILTER_COMBINATIONS {
        return Err(faults::invalid("FilterPolicy: Filter policy is too complex"));
    }
    if pattern.leaves > limits::FILTER_KEYS {
        return Err(faults::invalid("FilterPolicy: Filter policy can not have more than 5 keys"));
    }
    Ok(())
}

fn check_raw(protocol: &str, value: &str) -> Result<(), Fault> {
    if !matches!(value.to_ascii_lowercase().as_str(), "true" | "false") {
        let message = format!("RawMessageDelivery: Invalid value [{value}]. Must be true or false.");
        return Err(faults::invalid(message));
    }
    if value.eq_ignore_ascii_case("true") && !matches!(protocol, "sqs" | "http" | "https" | "firehose") {
        let message = format!(
            "RawMessageDelivery: Delivery protocol [{protocol}] does not support raw message delivery."
        );
        return Err(faults::invalid(message));
    }
    Ok(())
}

fn check_redrive(to: &Subscription, value: &str) -> Result<(), Fault> {
    if value.is_empty() {
        return Ok(());
    }
    let policy: Option<Map<String, Value>> = serde_json::from_str(value).ok();
    let policy = policy.ok_or_else(|| faults::invalid("RedrivePolicy: failed to parse JSON."))?;
    if let Some(unknown) = policy.keys().find(|name| *name != "deadLetterTargetArn") {
        let message = format!("RedrivePolicy: invalid JSON. Attribute {unknown} is unknown.");
        return Err(faults::invalid(message));
    }
    let arn = policy.get("deadLetterTargetArn").and_then(Value::as_str);
    let arn = arn.and_then(|arn| arn.parse::<Arn>().ok()).filter(|arn| arn.service == "sqs");
    let arn = arn.ok_or_else(|| faults::invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn"))?;
    if to.topic.is_fifo() && !arn.resource.ends_with(".fifo") {
        return Err(faults::invalid("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO topic"));
    }
    Ok(())
}

/// What holds for an address: what was set for it over what holds for its topic. Source: answers of AWS.
fn effective_for(subscription: &Subscription, topic_policy: Option<&str>) -> String {
    let topic: Value = serde_json::from_str(&effective_delivery_policy(topic_policy)).unwrap_or_default();
    let mut policy = json!({
        "healthyRetryPolicy": topic["http"]["defaultHealthyRetryPolicy"],
        "sicklyRetryPolicy": null,
        "throttlePolicy": null,
        "requestPolicy": topic["http"]["defaultRequestPolicy"],
        "guaranteed": false,
    });
    let own = subscription.attribute("DeliveryPolicy").map(serde_json::from_str::<Map<String, Value>>);
    for (name, value) in own.and_then(Result::ok).into_iter().flatten() {
        merge(&mut policy[name.as_str()], &value);
    }
    policy.to_string()
}

/// Every attribute of a subscription, as `GetSubscriptionAttributes` shows it.
pub fn shown_subscription(
    subscription: &Subscription,
    topic_policy: Option<&str>,
) -> BTreeMap<String, String> {
    let mut shown = subscription.attributes.clone();
    let mut show = |name: &str, value: String| drop(shown.insert(name.to_owned(), value));
    show("SubscriptionArn", subscription.arn().to_string());
    show("TopicArn", subscription.topic.arn().to_string());
    show("Owner", subscription.owner.to_string());
    show("Protocol", subscription.protocol.clone());
    show("Endpoint", subscription.endpoint.clone());
    show("ConfirmationWasAuthenticated", subscription.authenticated.to_string());
    show("PendingConfirmation", subscription.is_pending().to_string());
    show("RawMessageDelivery", subscription.is_raw().to_string());
    show("SubscriptionPrincipal", subscription.principal.clone());
    // AWS: of addresses alone.
    if matches!(subscription.protocol.as_str(), "http" | "https") {
        show("EffectiveDeliveryPolicy", effective_for(subscription, topic_policy));
    }
    // AWS: the scope is told where there is a filter.
    if subscription.attribute("FilterPolicy").is_some()
        && subscription.attribute("FilterPolicyScope").is_none()
    {
        show("FilterPolicyScope", "MessageAttributes".to_owned());
    }
    shown
}
