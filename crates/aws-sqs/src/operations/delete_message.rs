//! `DeleteMessage`: a message that was received is done.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use super::handles;
use crate::Sqs;

pub struct DeleteMessage;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
}

#[async_trait]
impl Operation for DeleteMessage {
    type Face = Sqs;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "DeleteMessage";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:DeleteMessage").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<(), Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        let handle = handles::read(&open, input.receipt_handle.as_deref())?;
        handles::check_deleted(
            &face.engine.delete_messages(&open, &[handle]).await?,
            input.receipt_handle.as_deref(),
        )?;
        Ok(())
    }
}
