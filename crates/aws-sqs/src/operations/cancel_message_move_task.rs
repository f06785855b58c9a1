//! `CancelMessageMoveTask`: a task that moves messages ends; what it has moved stays moved.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use super::handles;
use crate::{Sqs, faults};

pub struct CancelMessageMoveTask;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    task_handle: Option<String>,
}

#[async_trait]
impl Operation for CancelMessageMoveTask {
    type Face = Sqs;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "CancelMessageMoveTask";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let (source, _) = handles::read_task(input.task_handle.as_deref())?;
        handles::on_arn(face, Some(&source.to_string()), "sqs:CancelMessageMoveTask").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let (source, id) = handles::read_task(input.task_handle.as_deref())?;
        let moved =
            face.engine.cancel_move(&source, &id).ok_or_else(|| faults::not_found("Task does not exist."))?;
        Ok(json!({ "ApproximateNumberOfMessagesMoved": moved }))
    }
}
