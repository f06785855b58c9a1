//! `ListMessageMoveTasks`: the latest tasks that moved messages out of a queue.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use super::handles;
use crate::engine::{MoveStatus, MoveTask};
use crate::{Sqs, faults, limits};

pub struct ListMessageMoveTasks;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    source_arn: Option<String>,
    max_results: Option<i64>,
}

#[async_trait]
impl Operation for ListMessageMoveTasks {
    type Face = Sqs;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListMessageMoveTasks";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        handles::on_arn(face, input.source_arn.as_deref(), "sqs:ListMessageMoveTasks").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let source = handles::arn(input.source_arn.as_deref(), "SourceArn")?;
        face.engine.open_arn(&source).await?.ok_or_else(faults::no_source)?;
        let most = input.max_results.unwrap_or(1);
        if !limits::RECEIVED.contains(&most) {
            let reason = "Must be between 1 and 10, if provided.";
            return Err(faults::invalid(most, "MaxResults", reason).into());
        }
        let tasks = face.engine.moves_of(&source);
        let shown: Vec<_> = tasks.iter().take(most as usize).map(shown).collect();
        Ok(json!({ "Results": shown }))
    }
}

fn shown(task: &MoveTask) -> Value {
    let mut shown = json!({
        "Status": task.status.name(),
        "SourceArn": task.source,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "StartedTimestamp": task.started.as_millis(),
    });
    let mut show = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            shown[name] = value;
        }
    };
    // AWS: only of a task that runs.
    let runs = task.status == MoveStatus::Running;
    show("TaskHandle", runs.then(|| json!(handles::task(&task.source, &task.id))));
    show("DestinationArn", task.destination.as_ref().map(|arn| json!(arn)));
    show("MaxNumberOfMessagesPerSecond", task.rate.map(|rate| json!(rate)));
    show("FailureReason", task.failure.as_ref().map(|reason| json!(reason)));
    shown
}
