//! `DeleteMessageBatch`: up to ten messages that were received are done.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::Map;
use service::{Call, Operation};

use super::handles;
use crate::{Sqs, batch};

pub struct DeleteMessageBatch;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<Entry>,
}

#[async_trait]
impl Operation for DeleteMessageBatch {
    type Face = Sqs;
    type Input = Input;
    type Output = batch::Answer;

    const NAME: &'static str = "DeleteMessageBatch";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:DeleteMessage").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<batch::Answer, Failure> {
        batch::check(
            input.entries.iter().map(|entry| entry.id.as_deref()),
            "DeleteMessageBatchRequestEntry",
        )?;
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        let (mut answer, mut read) = (batch::Answer::default(), Vec::new());
        for entry in &input.entries {
            match handles::read(&open, entry.receipt_handle.as_deref()) {
                Ok(handle) => read.push((entry, handle)),
                Err(fault) => answer.failed(entry.id.as_deref().unwrap_or_default(), fault.into())?,
            }
        }
        let handles: Vec<_> = read.iter().map(|(_, handle)| handle.clone()).collect();
        let deleted = face.engine.delete_messages(&open, &handles).await?;
        for ((entry, _), deleted) in read.iter().zip(deleted) {
            let id = entry.id.as_deref().unwrap_or_default();
            match handles::check_deleted(&[deleted], entry.receipt_handle.as_deref()) {
                Ok(()) => answer.succeeded(id, Map::new()),
                Err(fault) => answer.failed(id, fault.into())?,
            }
        }
        Ok(answer)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: Option<String>,
    receipt_handle: Option<String>,
}
