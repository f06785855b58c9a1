//! The function itself: made when it is missing, changed where it differs, and waited for.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::Wanted;
use crate::client::{CallError, Client};
use crate::failed::Failed;
use crate::package::Package;
use crate::show::Progress;

/// A zip up to this size is sent in the request; a larger one goes by way of a bucket. AWS: 50 MB.
const DIRECT_BYTES: usize = 50 * 1024 * 1024;

/// The bucket that larger zips go through.
const CODE_BUCKET: &str = "dayfly-deploy-code";

/// How often the state is asked for.
const EVERY: Duration = Duration::from_millis(100);

/// What the function is to be, with what was made for it.
pub struct Wishes<'a> {
    pub wanted: &'a Wanted,
    pub role: &'a str,
    /// The ARN of a queue.
    pub dead_letter: Option<&'a str>,
}

/// The function's ARN, and what its state says beside being active.
pub async fn ensure(
    client: &Client,
    wishes: &Wishes<'_>,
    package: Package,
    changes: &mut Vec<String>,
    progress: &Progress,
) -> Result<(String, Option<String>), Failed> {
    let wanted = wishes.wanted;
    let path = path(&wanted.name);
    match client.rest("lambda", Method::GET, &format!("{path}/configuration"), None).await {
        Ok(_) => {
            // An earlier deploy may still be under way.
            let there = active(client, &path, progress).await?;
            update(client, wishes, package, &there, changes, progress).await?;
            tag(client, wanted, &there, changes).await?;
        }
        Err(error) if error.is(&["ResourceNotFoundException"]) => {
            progress.doing("Making the function");
            create(client, wishes, package).await?;
            changes.push(format!("made the function {}", wanted.name));
        }
        Err(error) => return Err(error.into()),
    }
    let active = active(client, &path, progress).await?;
    let arn = active["FunctionArn"].as_str().unwrap_or_default().to_owned();
    Ok((arn, active["StateReason"].as_str().filter(|reason| !reason.is_empty()).map(str::to_owned)))
}

pub fn path(name: &str) -> String {
    format!("/2015-03-31/functions/{}", wire::encoded(name))
}

/// The settings that were asked for; what nobody said stays as it is.
fn settings(wishes: &Wishes<'_>, runtime: &str, handler: &str) -> Value {
    let Wishes { wanted, role, dead_letter } = wishes;
    let mut settings = json!({ "Role": role, "Runtime": runtime, "Handler": handler });
    if let Some(arn) = dead_letter {
        settings["DeadLetterConfig"] = json!({ "TargetArn": arn });
    }
    if let Some(memory) = wanted.memory {
        settings["MemorySize"] = json!(memory);
    }
    if let Some(timeout) = wanted.timeout {
        settings["Timeout"] = json!(timeout);
    }
    if let Some(environment) = &wanted.environment {
        settings["Environment"] = json!({ "Variables": environment });
    }
    settings
}

/// The members that hand code in.
async fn code(client: &Client, zip: Bytes) -> Result<Value, CallError> {
    if zip.len() <= DIRECT_BYTES {
        return Ok(json!({ "ZipFile": STANDARD.encode(&zip) }));
    }
    let key = wire::sigv4::sha256_hex(&zip);
    super::wiring::ensure_bucket(client, CODE_BUCKET).await?;
    client.call("s3", Method::PUT, &format!("/{CODE_BUCKET}/{key}"), &[], zip).await?;
    Ok(json!({ "S3Bucket": CODE_BUCKET, "S3Key": key }))
}

async fn create(client: &Client, wishes: &Wishes<'_>, package: Package) -> Result<(), Failed> {
    let wanted = wishes.wanted;
    let mut ask = settings(wishes, &package.runtime, &package.handler);
    ask["FunctionName"] = json!(wanted.name);
    if !wanted.tags.is_empty() {
        ask["Tags"] = json!(wanted.tags);
    }
    ask["Code"] = code(client, package.zip).await?;
    client.rest("lambda", Method::POST, "/2015-03-31/functions", Some(&ask)).await?;
    Ok(())
}

async fn update(
    client: &Client,
    wishes: &Wishes<'_>,
    package: Package,
    there: &Value,
    changes: &mut Vec<String>,
    progress: &Progress,
) -> Result<(), Failed> {
    let path = path(&wishes.wanted.name);
    let hash = wire::sigv4::sha256(&package.zip);
    if there["CodeSha256"] != json!(STANDARD.encode(hash)) {
        progress.doing("Updating the code");
        let code = code(client, package.zip).await?;
        client.rest("lambda", Method::PUT, &format!("{path}/code"), Some(&code)).await?;
        active(client, &path, progress).await?;
        changes.push("updated the code".to_owned());
    }
    let settings = settings(wishes, &package.runtime, &package.handler);
    let differs = settings.as_object().into_iter().flatten().any(|(name, value)| there[name] != *value);
    if differs {
        progress.doing("Updating the configuration");
        client.rest("lambda", Method::PUT, &format!("{path}/configuration"), Some(&settings)).await?;
        changes.push("updated the configuration".to_owned());
    }
    Ok(())
}

/// Says by tags what the function may reach outside, and how long its instances wait.
async fn tag(
    client: &Client,
    wanted: &Wanted,
    there: &Value,
    changes: &mut Vec<String>,
) -> Result<(), Failed> {
    if wanted.tags.is_empty() {
        return Ok(());
    }
    let arn = there["FunctionArn"].as_str().unwrap_or_default();
    let path = format!("/2017-03-31/tags/{}", wire::encoded(arn));
    let tags = client.rest("lambda", Method::GET, &path, None).await?;
    let other: BTreeMap<_, _> =
        wanted.tags.iter().filter(|(name, value)| tags["Tags"][**name] != json!(value)).collect();
    if !other.is_empty() {
        client.rest("lambda", Method::POST, &path, Some(&json!({ "Tags": other }))).await?;
    }
    for (name, value) in other {
        changes.push(format!("set the {} to {value}", name.trim_start_matches("dayfly:")));
    }
    Ok(())
}

/// Waits until the function can be called as it was last described.
async fn active(client: &Client, path: &str, progress: &Progress) -> Result<Value, Failed> {
    progress.doing("Waiting until it is active");
    loop {
        let there = client.rest("lambda", Method::GET, &format!("{path}/configuration"), None).await?;
        let said = |name: &str| there[name].as_str().unwrap_or_default().to_owned();
        match (said("State").as_str(), said("LastUpdateStatus").as_str()) {
            ("Failed", _) => {
                return Err(Failed::new(format!("the function failed: {}", said("StateReason"))));
            }
            (_, "Failed") => {
                return Err(Failed::new(format!("the update failed: {}", said("LastUpdateStatusReason"))));
            }
            ("Active", "Successful") => return Ok(there),
            _ => tokio::time::sleep(EVERY).await,
        }
    }
}
