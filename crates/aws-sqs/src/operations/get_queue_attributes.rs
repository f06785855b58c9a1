//! `GetQueueAttributes`: what is said of a queue, and how many messages it has.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sqs, faults, settings};

pub struct GetQueueAttributes;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[async_trait]
impl Operation for GetQueueAttributes {
    type Face = Sqs;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "GetQueueAttributes";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:GetQueueAttributes").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<Value, Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        if let Some(unknown) =
            input.attribute_names.iter().find(|name| !settings::NAMES.contains(&name.as_str()))
        {
            return Err(faults::unknown_attribute(unknown).into());
        }
        let mut shown = settings::shown(&open.queue(), Some(face.engine.counts(&open).await?));
        let all = input.attribute_names.iter().any(|name| name == "All");
        shown.retain(|name, _| all || input.attribute_names.contains(name));
        // AWS: nothing asked for, nothing told.
        Ok(if shown.is_empty() { json!({}) } else { json!({ "Attributes": shown }) })
    }
}
