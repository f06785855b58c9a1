//! `AddPermission`: other accounts may do something with a queue: a statement more in its policy.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::engine::Queue;
use crate::{Sqs, faults, policy};

pub struct AddPermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    label: Option<String>,
    #[serde(default, rename = "AWSAccountIds")]
    accounts: Vec<String>,
    #[serde(default)]
    actions: Vec<String>,
}

#[async_trait]
impl Operation for AddPermission {
    type Face = Sqs;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "AddPermission";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:AddPermission").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<(), Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        let label = input.label.as_deref().ok_or_else(|| faults::missing("Label"))?;
        let add = |queue: &mut Queue| {
            let (before, arn) = (queue.settings.policy.as_deref(), queue.key.arn());
            let after = policy::with(before, &arn, label, &input.accounts, &input.actions)?;
            queue.settings.policy = Some(after);
            Ok(())
        };
        face.engine.change(&open, add).await
    }
}
