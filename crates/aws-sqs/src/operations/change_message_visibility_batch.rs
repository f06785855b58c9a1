//! `ChangeMessageVisibilityBatch`: up to ten messages that were received stay hidden for longer, or shorter.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::Map;
use service::{Call, Operation};

use crate::{Sqs, batch};

pub struct ChangeMessageVisibilityBatch;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<Entry>,
}

#[async_trait]
impl Operation for ChangeMessageVisibilityBatch {
    type Face = Sqs;
    type Input = Input;
    type Output = batch::Answer;

    const NAME: &'static str = "ChangeMessageVisibilityBatch";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:ChangeMessageVisibility").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<batch::Answer, Failure> {
        let ids = input.entries.iter().map(|entry| entry.id.as_deref());
        batch::check(ids, "ChangeMessageVisibilityBatchRequestEntry")?;
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        let mut answer = batch::Answer::default();
        for entry in &input.entries {
            let id = entry.id.as_deref().unwrap_or_default();
            let (handle, seconds) = (entry.receipt_handle.as_deref(), entry.visibility_timeout);
            match face.change_visibility(&open, handle, seconds).await {
                Ok(()) => answer.succeeded(id, Map::new()),
                Err(failure) => answer.failed(id, failure)?,
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
    visibility_timeout: Option<i64>,
}
