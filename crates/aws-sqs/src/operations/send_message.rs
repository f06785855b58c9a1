//! `SendMessage`: a message, on disk when the sender is answered.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Map, Value};
use service::{Call, Operation};

use model::Internal;

use crate::{Sqs, messages};

pub struct SendMessage;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    #[serde(flatten)]
    message: messages::Input,
}

#[async_trait]
impl Operation for SendMessage {
    type Face = Sqs;
    type Input = Input;
    type Output = Map<String, Value>;

    const NAME: &'static str = "SendMessage";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:SendMessage").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<Map<String, Value>, Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        let queue = open.queue();
        let new = input.message.check(call, &queue)?;
        let sent = face.engine.send(&open, vec![new.clone()]).await?;
        let sent = sent.first().ok_or_else(|| Internal::new("a message was not sent"))?;
        Ok(messages::sent(&new, sent, queue.key.is_fifo()))
    }
}
