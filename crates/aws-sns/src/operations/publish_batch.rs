//! `PublishBatch`: up to ten messages, in one commit; each is taken or refused by itself.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use std::collections::HashSet;

use model::Fault;

use crate::{Sns, access, faults, limits, messages};

pub struct PublishBatch;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    topic_arn: Option<String>,
    #[serde(default)]
    publish_batch_request_entries: Vec<Entry>,
}

#[async_trait]
impl Operation for PublishBatch {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "PublishBatch";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:Publish").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        let entries = &input.publish_batch_request_entries;
        check(entries)?;
        let ready = face.topic(&key).await?;
        let (mut ids, mut new, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for entry in entries {
            match entry.message.check(call, Some(&ready.topic)) {
                Ok(message) => {
                    ids.push(&entry.id);
                    new.push(message);
                }
                Err(fault) => failed.push(json!({
                    "Id": entry.id, "Code": fault.code, "Message": fault.message, "SenderFault": true,
                })),
            }
        }
        let published = face.engine.publish(&ready.topic, new).await?;
        let told = ids
            .iter()
            .zip(&published)
            .map(|(id, one)| json!({ "Id": id, "MessageId": one.id, "SequenceNumber": one.sequence }));
        Ok(json!({ "Successful": told.collect::<Vec<_>>(), "Failed": failed }))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    message: messages::Input,
}

fn check(entries: &[Entry]) -> Result<(), Fault> {
    if entries.is_empty() {
        return Err(faults::empty_batch());
    }
    if entries.len() > limits::BATCH_ENTRIES {
        return Err(faults::too_many_entries());
    }
    let is_id = |id: &str| {
        let letters = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        letters && limits::BATCH_ID_CHARS.contains(&id.len())
    };
    if !entries.iter().all(|entry| is_id(&entry.id)) {
        return Err(faults::invalid_batch_id());
    }
    let ids: HashSet<_> = entries.iter().map(|entry| &entry.id).collect();
    if ids.len() < entries.len() {
        return Err(faults::repeated_ids());
    }
    if entries.iter().map(|entry| entry.message.bytes()).sum::<usize>() > limits::MESSAGE_BYTES {
        return Err(faults::batch_too_long());
    }
    Ok(())
}
