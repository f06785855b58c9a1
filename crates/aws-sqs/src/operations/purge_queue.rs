//! `PurgeQueue`: all messages of a queue go.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::{Sqs, faults};

pub struct PurgeQueue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
}

#[async_trait]
impl Operation for PurgeQueue {
    type Face = Sqs;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "PurgeQueue";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:PurgeQueue").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<(), Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        match face.engine.purge(&open).await? {
            Ok(()) => Ok(()),
            Err(_) => Err(faults::purge_in_progress(&open.queue().key.name).into()),
        }
    }
}
