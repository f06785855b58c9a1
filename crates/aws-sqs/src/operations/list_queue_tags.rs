//! `ListQueueTags`: the tags of a queue.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::Sqs;

pub struct ListQueueTags;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
}

#[async_trait]
impl Operation for ListQueueTags {
    type Face = Sqs;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListQueueTags";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:ListQueueTags").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<Value, Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        let tags = &open.queue().tags;
        Ok(if tags.is_empty() { json!({}) } else { json!({ "Tags": tags }) })
    }
}
