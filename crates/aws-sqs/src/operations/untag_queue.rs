//! `UntagQueue`: a queue without some of its tags.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::engine::Queue;
use crate::{Sqs, faults};

pub struct UntagQueue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

#[async_trait]
impl Operation for UntagQueue {
    type Face = Sqs;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "UntagQueue";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:UntagQueue").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<(), Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        if input.tag_keys.is_empty() {
            return Err(faults::missing("TagKeys").into());
        }
        let untag = |queue: &mut Queue| {
            queue.tags.retain(|key, _| !input.tag_keys.contains(key));
            Ok(())
        };
        face.engine.change(&open, untag).await
    }
}
