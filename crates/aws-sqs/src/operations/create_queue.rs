//! `CreateQueue`: a queue, or the one that there is under the name with the same attributes.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use std::collections::BTreeMap;

use model::Fault;
use uuid::Uuid;

use crate::engine::{Queue, QueueKey, Settings};
use crate::{Sqs, faults, limits, settings, urls};

pub struct CreateQueue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: settings::Attributes,
    #[serde(default, rename = "tags")]
    tags: BTreeMap<String, String>,
}

#[async_trait]
impl Operation for CreateQueue {
    type Face = Sqs;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "CreateQueue";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let permission = face.on_key(&input.key(call)?, "sqs:CreateQueue").await?;
        let mut permissions = vec![permission.clone()];
        if !input.tags.is_empty() {
            permissions.push(Permission { action: "sqs:TagQueue", ..permission });
        }
        Ok(permissions)
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<Value, Failure> {
        let key = input.key(call)?;
        let mut settings = settings::unset();
        settings::apply(&mut settings, &key, &input.attributes)?;
        let url = urls::of(call, &key);
        loop {
            if let Some(there) = face.engine.open(&key).await? {
                return match settings::first_difference(&there.queue(), &input.attributes) {
                    Some(attribute) => Err(faults::queue_exists(&attribute).into()),
                    None => Ok(json!({ "QueueUrl": url })),
                };
            }
            if face.engine.was_deleted_lately(&key) {
                return Err(faults::deleted_recently().into());
            }
            face.check_redrive(&key, &settings).await?;
            let queue = Queue {
                key: key.clone(),
                id: Uuid::new_v4().to_string(),
                created: call.time,
                modified: call.time,
                settings: settings.clone(),
                tags: input.tags.clone(),
            };
            if face.engine.create(queue).await? {
                return Ok(json!({ "QueueUrl": url }));
            }
        }
    }
}

impl Input {
    /// Which queue it is to be; fails when there can be none of the name.
    fn key(&self, call: &Call) -> Result<QueueKey, Fault> {
        let name = self.queue_name.as_deref().ok_or_else(|| faults::missing("QueueName"))?;
        let asks_for_fifo = match self.attributes.get("FifoQueue") {
            Some(value) => Some(settings::truth("FifoQueue", value)?),
            None => None,
        };
        let plain = name.strip_suffix(".fifo").filter(|_| asks_for_fifo == Some(true)).unwrap_or(name);
        let letters = plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !letters || plain.is_empty() || !limits::NAME_CHARS.contains(&name.len()) {
            let message =
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
            return Err(faults::invalid_value(message));
        }
        let key = QueueKey {
            account: call.caller.account.clone(),
            region: call.region.clone(),
            name: name.to_owned(),
        };
        match asks_for_fifo {
            Some(true) if !key.is_fifo() => Err(faults::invalid_value(
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or \
                     underscores, must end with .fifo suffix and be 1 to 80 in length.",
            )),
            Some(false) => Err(faults::unknown_attribute("FifoQueue")),
            _ => Ok(key),
        }
    }
}

impl Sqs {
    /// Fails unless the dead-letter queue is there and lets this one be its source.
    pub(crate) async fn check_redrive(&self, key: &QueueKey, settings: &Settings) -> Result<(), Failure> {
        let Some(redrive) = &settings.redrive else { return Ok(()) };
        let shown = json!({ "deadLetterTargetArn": redrive.target, "maxReceiveCount": redrive.receives });
        let refused = |reason: &str| faults::invalid(&shown, "RedrivePolicy", reason);
        let target = self.engine.open_arn(&redrive.target).await?;
        let target = target.ok_or_else(|| refused("Dead letter target does not exist."))?;
        let allow = target.queue().settings.redrive_allow.clone();
        if allow.is_some_and(|allow| !allow.allows(&key.arn())) {
            return Err(refused("Dead letter target does not allow this queue as its source.").into());
        }
        Ok(())
    }
}
