//! `StartMessageMoveTask`: dead letters go back to where they came from, or to another queue.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use super::handles;
use crate::{Sqs, faults, limits};

pub struct StartMessageMoveTask;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

#[async_trait]
impl Operation for StartMessageMoveTask {
    type Face = Sqs;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "StartMessageMoveTask";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        handles::on_arn(face, input.source_arn.as_deref(), "sqs:StartMessageMoveTask").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let source = handles::arn(input.source_arn.as_deref(), "SourceArn")?;
        let open = face.engine.open_arn(&source).await?.ok_or_else(faults::no_source)?;
        if face.engine.sources_of(&source).await?.is_empty() {
            return Err(
                faults::invalid_value("Source queue must be configured as a Dead Letter Queue.").into()
            );
        }
        let rate = input.max_number_of_messages_per_second;
        if let Some(rate) = rate.filter(|rate| !limits::MOVE_RATE.contains(rate)) {
            let reason = "Must be between 1 and 500, if provided.";
            return Err(faults::invalid(rate, "MaxNumberOfMessagesPerSecond", reason).into());
        }
        let destination = input.destination_arn.as_deref();
        let destination = destination.map(|arn| handles::arn(Some(arn), "DestinationArn")).transpose()?;
        if let Some(destination) = &destination
            && face.engine.open_arn(destination).await?.is_none()
        {
            return Err(faults::no_source().into());
        }
        let id = face.engine.start_move(open, destination, rate.map(|rate| rate as u32)).await?;
        let id = id.ok_or_else(|| {
            faults::invalid_value(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            )
        })?;
        Ok(json!({ "TaskHandle": handles::task(&source, &id) }))
    }
}
