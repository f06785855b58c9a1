//! Statements that `AddPermission` and `RemovePermission` write into a queue's policy.

use model::{AccountId, Arn, Fault};
use serde_json::{Map, Value, json};

use crate::{faults, limits};

/// What may be given away by `AddPermission`. Source: API reference, `AddPermission`.
const ACTIONS: [&str; 8] = [
    "*",
    "SendMessage",
    "ReceiveMessage",
    "DeleteMessage",
    "ChangeMessageVisibility",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
];

/// What nobody else may do, whatever a policy says. Source: the same page.
const OWNERS: [&str; 7] = [
    "AddPermission",
    "CreateQueue",
    "DeleteQueue",
    "ListQueues",
    "PurgeQueue",
    "RemovePermission",
    "SetQueueAttributes",
];

/// The policy with one more statement. Fails when one has its label.
pub fn with(
    policy: Option<&str>,
    queue: &Arn,
    label: &str,
    accounts: &[String],
    actions: &[String],
) -> Result<String, Fault> {
    check(accounts, actions)?;
    let mut policy = read(policy, queue);
    let statements = statements(&mut policy);
    if statements.iter().any(|one| one["Sid"] == label) {
        return Err(faults::invalid(label, "Label", "Already exists."));
    }
    if statements.len() >= limits::POLICY_STATEMENTS {
        return Err(faults::invalid_value("The policy has too many statements."));
    }
    let principals: Vec<_> = accounts.iter().map(|account| format!("arn:aws:iam::{account}:root")).collect();
    let actions: Vec<_> = actions.iter().map(|action| format!("SQS:{action}")).collect();
    statements.push(json!({
        "Sid": label,
        "Effect": "Allow",
        "Principal": { "AWS": one_or_all(principals) },
        "Action": one_or_all(actions),
        "Resource": queue,
    }));
    Ok(Value::Object(policy).to_string())
}

/// The policy without a statement; `None` when nothing is left. Fails when none has the label.
pub fn without(policy: Option<&str>, queue: &Arn, label: &str) -> Result<Option<String>, Fault> {
    let mut policy = read(policy, queue);
    let statements = statements(&mut policy);
    let before = statements.len();
    statements.retain(|one| one["Sid"] != label);
    if statements.len() == before {
        return Err(faults::invalid(label, "Label", "can't find label on existing policy"));
    }
    let is_empty = statements.is_empty();
    Ok(Some(Value::Object(policy).to_string()).filter(|_| !is_empty))
}

fn check(accounts: &[String], actions: &[String]) -> Result<(), Fault> {
    if accounts.is_empty() {
        return Err(faults::missing("AWSAccountIds"));
    }
    if actions.is_empty() {
        return Err(faults::missing("Actions"));
    }
    if let Some(wrong) = accounts.iter().find(|account| account.parse::<AccountId>().is_err()) {
        return Err(faults::invalid(wrong, "PrincipalId", "Unable to verify."));
    }
    if let Some(wrong) = actions.iter().find(|action| !ACTIONS.contains(&action.as_str())) {
        let reason = match OWNERS.contains(&wrong.as_str()) {
            true => "Only the queue owner is allowed to invoke this action.",
            false => "Please refer to the appropriate WSDL for a list of valid actions.",
        };
        return Err(faults::invalid(format!("SQS:{wrong}"), "ActionName", reason));
    }
    if actions.len() > limits::POLICY_ACTIONS {
        let message =
            format!("{} actions were found, maximum allowed is {}.", actions.len(), limits::POLICY_ACTIONS);
        return Err(faults::invalid_value(message));
    }
    Ok(())
}

fn read(policy: Option<&str>, queue: &Arn) -> Map<String, Value> {
    let there = policy.and_then(|policy| serde_json::from_str(policy).ok());
    there.unwrap_or_else(|| {
        let mut new = Map::new();
        new.insert("Version".to_owned(), json!("2008-10-17"));
        new.insert("Id".to_owned(), json!(format!("{queue}/SQSDefaultPolicy")));
        new.insert("Statement".to_owned(), json!([]));
        new
    })
}

fn statements(policy: &mut Map<String, Value>) -> &mut Vec<Value> {
    let statement = policy.entry("Statement").or_insert_with(|| json!([]));
    if !statement.is_array() {
        *statement = json!([statement.take()]);
    }
    match statement {
        Value::Array(statements) => statements,
        _ => unreachable!("it was made an array"),
    }
}

fn one_or_all(mut texts: Vec<String>) -> Value {
    if texts.len() == 1 { json!(texts.pop()) } else { json!(texts) }
}
