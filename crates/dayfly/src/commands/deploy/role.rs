//! The role that a function runs under: the one that is named, or one that is made for it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Wanted;
use crate::client::{Client, element};
use crate::failed::Failed;

const POLICY: &str = "dayfly-deploy";
const LOGS: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

/// AWS: characters of a role's name. API reference, `CreateRole`, RoleName.
const NAME_LENGTH: usize = 64;

/// The role that deploy makes for a function. A function's name may be as long as a role's: a long one is cut, and told
/// from others that begin like it by a hash.
pub fn name(function: &str) -> String {
    let name = format!("dayfly-{function}");
    if name.len() <= NAME_LENGTH {
        return name;
    }
    let hash = wire::sigv4::sha256_hex(function.as_bytes());
    let start: String = name.chars().take(NAME_LENGTH - 9).collect();
    format!("{start}-{}", &hash[..8])
}

/// The role's ARN.
pub async fn ensure(client: &Client, wanted: &Wanted, changes: &mut Vec<String>) -> Result<String, Failed> {
    match &wanted.role {
        Some(arn) if arn.starts_with("arn:") => Ok(arn.clone()),
        Some(name) => arn_of(&client.iam("GetRole", &[("RoleName", name)]).await?),
        None => made(client, wanted, changes).await,
    }
}

fn arn_of(answer: &str) -> Result<String, Failed> {
    element(answer, "Arn").ok_or_else(|| Failed::new("the platform's answer names no role"))
}

async fn made(client: &Client, wanted: &Wanted, changes: &mut Vec<String>) -> Result<String, Failed> {
    let name = name(&wanted.name);
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole",
        }],
    });
    let trust = trust.to_string();
    let create = [("RoleName", name.as_str()), ("AssumeRolePolicyDocument", trust.as_str())];
    match client.iam("CreateRole", &create).await {
        Ok(_) => changes.push(format!("made the role {name}")),
        Err(error) if error.is(&["EntityAlreadyExists"]) => {}
        Err(error) => return Err(error.into()),
    }
    client.iam("AttachRolePolicy", &[("RoleName", &name), ("PolicyArn", LOGS)]).await?;
    let denied = denied(client, wanted, &name).await?;
    let document = policy(&denied).to_string();
    let put = [("RoleName", name.as_str()), ("PolicyName", POLICY), ("PolicyDocument", document.as_str())];
    client.iam("PutRolePolicy", &put).await?;
    arn_of(&client.iam("GetRole", &[("RoleName", &name)]).await?)
}

/// What the function may not write: the objects, queues and topics that start it, those of earlier deploys too. Triggers that are forced
/// are let go.
async fn denied(client: &Client, wanted: &Wanted, role: &str) -> Result<BTreeSet<String>, Failed> {
    let mut denied = match client.iam("GetRolePolicy", &[("RoleName", role), ("PolicyName", POLICY)]).await {
        Ok(answer) => denied_by(&wire::decoded(&element(&answer, "PolicyDocument").unwrap_or_default())),
        Err(error) if error.is(&["NoSuchEntity"]) => BTreeSet::new(),
        Err(error) => return Err(error.into()),
    };
    for trigger in &wanted.triggers {
        if wanted.force {
            denied.remove(&trigger.source_arn());
        } else {
            denied.insert(trigger.source_arn());
        }
    }
    Ok(denied)
}

fn denied_by(document: &str) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let statements = document["Statement"].as_array().into_iter().flatten();
    let denials = statements.filter(|statement| statement["Effect"] == "Deny");
    let resources = denials.flat_map(|statement| statement["Resource"].as_array().into_iter().flatten());
    resources.filter_map(|resource| Some(resource.as_str()?.to_owned())).collect()
}

/// Objects of every bucket can be read and written, queues and topics be used, but for those that are denied.
fn policy(denied: &BTreeSet<String>) -> Value {
    let mut statements = vec![json!({
        "Effect": "Allow",
        "Action": [
            "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:GetObjectTagging", "s3:PutObjectTagging",
            "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
            "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sns:Publish",
        ],
        "Resource": "*",
    })];
    if !denied.is_empty() {
        statements.push(json!({
            "Effect": "Deny", "Action": ["s3:PutObject", "sqs:SendMessage", "sns:Publish"], "Resource": denied,
        }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Removes the role that deploy made, if it did.
pub async fn remove(client: &Client, function: &str) -> Result<bool, Failed> {
    let name = name(function);
    let gone = ["NoSuchEntity"];
    for (action, members) in [
        ("DeleteRolePolicy", [("RoleName", name.as_str()), ("PolicyName", POLICY)]),
        ("DetachRolePolicy", [("RoleName", name.as_str()), ("PolicyArn", LOGS)]),
    ] {
        match client.iam(action, &members).await {
            Err(error) if !error.is(&gone) => return Err(error.into()),
            _ => {}
        }
    }
    match client.iam("DeleteRole", &[("RoleName", &name)]).await {
        Ok(_) => Ok(true),
        Err(error) if error.is(&gone) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_stay_apart() {
        assert_eq!(name("resize"), "dayfly-resize");
        let (one, other) = (format!("{}a", "x".repeat(63)), format!("{}b", "x".repeat(63)));
        assert_eq!(name(&one).len(), NAME_LENGTH);
        assert_ne!(name(&one), name(&other));
    }

    #[test]
    fn what_was_denied_is_read_again() {
        let denied = BTreeSet::from(["arn:aws:s3:::a/*".to_owned(), "arn:aws:s3:::b/in/*.jpg".to_owned()]);
        assert_eq!(denied_by(&policy(&denied).to_string()), denied);
        assert_eq!(denied_by(&policy(&BTreeSet::new()).to_string()), BTreeSet::new());
        assert_eq!(denied_by(""), BTreeSet::new());
    }
}
