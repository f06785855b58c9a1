//! The role that a function runs under: the one that is named, or one that is made for it.

use serde_json::{Value, json};

use super::Wanted;
use crate::client::{Client, element};
use crate::failed::Failed;

const POLICY: &str = "dayfly-deploy";
const LOGS: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

/// The role that deploy makes for a function. Role names have 64 characters at most, as functions' names do.
pub fn name(function: &str) -> String {
    format!("dayfly-{function}").chars().take(64).collect()
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
    let document = policy(wanted).to_string();
    let put = [("RoleName", name.as_str()), ("PolicyName", POLICY), ("PolicyDocument", document.as_str())];
    client.iam("PutRolePolicy", &put).await?;
    arn_of(&client.iam("GetRole", &[("RoleName", &name)]).await?)
}

/// Objects of every bucket can be read and written, but for those that start the function: those it cannot write.
fn policy(wanted: &Wanted) -> Value {
    let mut statements = vec![json!({
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:GetObjectTagging", "s3:PutObjectTagging"],
        "Resource": "*",
    })];
    let own: Vec<String> = wanted.triggers.iter().map(crate::trigger::S3Trigger::objects_arn).collect();
    if !own.is_empty() && !wanted.force {
        statements.push(json!({ "Effect": "Deny", "Action": "s3:PutObject", "Resource": own }));
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
