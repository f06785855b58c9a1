//! `SendMessageBatch`: up to ten messages, in one commit; each is taken or refused by itself.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::{Sqs, batch, faults, limits, messages};

pub struct SendMessageBatch;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<Entry>,
}

#[async_trait]
impl Operation for SendMessageBatch {
    type Face = Sqs;
    type Input = Input;
    type Output = batch::Answer;

    const NAME: &'static str = "SendMessageBatch";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:SendMessage").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<batch::Answer, Failure> {
        batch::check(input.entries.iter().map(|entry| entry.id.as_deref()), "SendMessageBatchRequestEntry")?;
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        let queue = open.queue();
        let bytes: usize = input.entries.iter().map(|entry| entry.message.bytes()).sum();
        if bytes > limits::BATCH_BYTES {
            return Err(faults::batch_too_long(bytes).into());
        }
        let (mut answer, mut ids, mut new) = (batch::Answer::default(), Vec::new(), Vec::new());
        for entry in &input.entries {
            let id = entry.id.clone().unwrap_or_default();
            match entry.message.check(call, &queue) {
                Ok(message) => {
                    ids.push(id);
                    new.push(message);
                }
                Err(fault) => answer.failed(&id, fault.into())?,
            }
        }
        let sent = face.engine.send(&open, new.clone()).await?;
        for ((id, new), sent) in ids.iter().zip(&new).zip(&sent) {
            answer.succeeded(id, messages::sent(new, sent, queue.key.is_fifo()));
        }
        Ok(answer)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: Option<String>,
    #[serde(flatten)]
    message: messages::Input,
}
