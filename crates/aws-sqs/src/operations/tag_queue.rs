//! `TagQueue`: tags of a queue; those of the same keys are replaced.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use std::collections::BTreeMap;

use crate::engine::Queue;
use crate::{Sqs, faults, limits};

pub struct TagQueue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[async_trait]
impl Operation for TagQueue {
    type Face = Sqs;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "TagQueue";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:TagQueue").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<(), Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        if input.tags.is_empty() {
            return Err(faults::missing("Tags").into());
        }
        let tag = |queue: &mut Queue| {
            queue.tags.extend(input.tags.clone());
            match queue.tags.len() > limits::TAGS {
                true => {
                    Err(faults::invalid_value(format!("Too many tags added for queue {}.", queue.key.name)))
                }
                false => Ok(()),
            }
        };
        face.engine.change(&open, tag).await
    }
}
