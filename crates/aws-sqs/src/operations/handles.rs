//! Receipt handles, ARNs and task handles, as operations are given them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use model::{Arn, Failure, Fault, Permission};
use serde_json::{Value, json};

use crate::engine::{Handle, Open, QueueKey};
use crate::{Sqs, faults};

/// What a receive of this queue gave.
pub fn read(open: &Open, text: Option<&str>) -> Result<Handle, Fault> {
    let text = text.filter(|text| !text.is_empty()).ok_or_else(|| faults::missing("ReceiptHandle"))?;
    let handle = Handle::read(text).filter(|handle| handle.queue == open.queue().id);
    handle.ok_or_else(|| faults::invalid_handle(text))
}

/// Fails when a FIFO queue has not deleted, as the handle's time was over.
pub fn check_deleted(deleted: &[bool], handle: Option<&str>) -> Result<(), Fault> {
    match deleted.iter().all(|deleted| *deleted) {
        true => Ok(()),
        false => {
            let reason = "The receipt handle has expired.";
            Err(faults::invalid(handle.unwrap_or_default(), "ReceiptHandle", reason))
        }
    }
}

/// The ARN of a queue.
pub fn arn(text: Option<&str>, member: &str) -> Result<Arn, Fault> {
    let text = text.ok_or_else(|| faults::missing(member))?;
    let arn = text.parse::<Arn>().ok().filter(|arn| QueueKey::of_arn(arn).is_some());
    arn.ok_or_else(|| faults::invalid_value("You must use this format to specify the SourceArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>"))
}

/// An action on the queue of an ARN.
pub async fn on_arn(
    face: &Sqs,
    text: Option<&str>,
    action: &'static str,
) -> Result<Vec<Permission>, Failure> {
    let key = QueueKey::of_arn(&arn(text, "SourceArn")?).ok_or_else(faults::no_source)?;
    Ok(vec![face.on_key(&key, action).await?])
}

/// What a task is known by.
pub fn task(source: &Arn, id: &str) -> String {
    BASE64_STANDARD.encode(json!({ "taskId": id, "sourceArn": source }).to_string())
}

/// The source and the id of a task.
pub fn read_task(handle: Option<&str>) -> Result<(Arn, String), Fault> {
    let handle = handle.ok_or_else(|| faults::missing("TaskHandle"))?;
    let read = || {
        let text = BASE64_STANDARD.decode(handle).ok()?;
        let value: Value = serde_json::from_slice(&text).ok()?;
        Some((value["sourceArn"].as_str()?.parse().ok()?, value["taskId"].as_str()?.to_owned()))
    };
    read().ok_or_else(|| faults::invalid(handle, "TaskHandle", "The task handle is not valid."))
}
