//! `RemovePermission`: a statement less in a queue's policy.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::engine::Queue;
use crate::{Sqs, faults, policy};

pub struct RemovePermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    label: Option<String>,
}

#[async_trait]
impl Operation for RemovePermission {
    type Face = Sqs;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "RemovePermission";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:RemovePermission").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<(), Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        let label = input.label.as_deref().ok_or_else(|| faults::missing("Label"))?;
        let remove = |queue: &mut Queue| {
            let (before, arn) = (queue.settings.policy.as_deref(), queue.key.arn());
            queue.settings.policy = policy::without(before, &arn, label)?;
            Ok(())
        };
        face.engine.change(&open, remove).await
    }
}
