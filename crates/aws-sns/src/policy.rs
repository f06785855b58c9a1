//! Statements that `AddPermission` and `RemovePermission` write into a topic's policy.

use model::{AccountId, Fault};
use serde_json::{Value, json};

use crate::engine::Topic;
use crate::faults;

/// What may be given away. Source: API reference, `AddPermission`.
const ACTIONS: [&str; 9] = [
    "*",
    "AddPermission",
    "DeleteTopic",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "Publish",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
];

/// A statement more. Fails when one has its label.
pub fn add(topic: &mut Topic, label: &str, accounts: &[String], actions: &[String]) -> Result<(), Fault> {
    if accounts.is_empty() || accounts.iter().any(|account| account.parse::<AccountId>().is_err()) {
        return Err(faults::invalid("AWSAccountId"));
    }
    if actions.is_empty() || actions.iter().any(|action| !ACTIONS.contains(&action.as_str())) {
        return Err(faults::invalid("Policy statement action out of service scope!"));
    }
    let mut policy = read(topic);
    let Some(statements) = policy["Statement"].as_array_mut() else { return Err(faults::invalid("Policy")) };
    if statements.iter().any(|one| one["Sid"] == label) {
        return Err(faults::invalid("Statement already exists"));
    }
    let principals: Vec<_> = accounts.iter().map(|account| format!("arn:aws:iam::{account}:root")).collect();
    let actions: Vec<_> = actions.iter().map(|action| format!("SNS:{action}")).collect();
    statements.push(json!({
        "Sid": label,
        "Effect": "Allow",
        "Principal": { "AWS": one_or_all(principals) },
        "Action": one_or_all(actions),
        "Resource": topic.key.arn(),
    }));
    topic.attributes.insert("Policy".to_owned(), policy.to_string());
    Ok(())
}

/// The policy without a statement. AWS: one that is not there is no failure.
pub fn remove(topic: &mut Topic, label: &str) {
    let mut policy = read(topic);
    if let Some(statements) = policy["Statement"].as_array_mut() {
        statements.retain(|one| one["Sid"] != label);
    }
    topic.attributes.insert("Policy".to_owned(), policy.to_string());
}

fn read(topic: &Topic) -> Value {
    let mut policy: Value = serde_json::from_str(&topic.policy()).unwrap_or_else(|_| json!({}));
    if !policy["Statement"].is_array() {
        policy["Statement"] = json!([policy["Statement"].take()]);
    }
    policy
}

fn one_or_all(mut texts: Vec<String>) -> Value {
    if texts.len() == 1 { json!(texts.pop()) } else { json!(texts) }
}
