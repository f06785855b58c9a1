//! `DeleteQueue`: a queue goes, with all its messages.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::Sqs;

pub struct DeleteQueue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
}

#[async_trait]
impl Operation for DeleteQueue {
    type Face = Sqs;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "DeleteQueue";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:DeleteQueue").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<(), Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        face.engine.delete(&open).await?;
        Ok(())
    }
}
