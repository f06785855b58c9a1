//! `SetQueueAttributes`: other attributes; what is not said stays as it is.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::engine::Queue;
use crate::{Sqs, faults, settings};

pub struct SetQueueAttributes;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    #[serde(default)]
    attributes: settings::Attributes,
}

#[async_trait]
impl Operation for SetQueueAttributes {
    type Face = Sqs;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "SetQueueAttributes";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:SetQueueAttributes").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<(), Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        let queue = open.queue();
        if input.attributes.is_empty() {
            return Err(faults::missing("Attribute.Name").into());
        }
        match input.attributes.get("FifoQueue") {
            Some(_) if !queue.key.is_fifo() => return Err(faults::unknown_attribute("FifoQueue").into()),
            Some(value) if !settings::truth("FifoQueue", value)? => {
                let message = "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.";
                return Err(faults::invalid_attribute_because(message).into());
            }
            _ => {}
        }
        let mut settings = queue.settings.clone();
        settings::apply(&mut settings, &queue.key, &input.attributes)?;
        if input.attributes.contains_key("RedrivePolicy") {
            face.check_redrive(&queue.key, &settings).await?;
        }
        let change = |queue: &mut Queue| {
            queue.modified = call.time;
            settings::apply(&mut queue.settings, &queue.key, &input.attributes)
        };
        face.engine.change(&open, change).await
    }
}
