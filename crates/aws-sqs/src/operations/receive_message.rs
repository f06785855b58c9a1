//! `ReceiveMessage`: up to ten messages, which nobody else gets for a while.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use std::time::Duration;

use model::Fault;

use crate::engine::{Queue, Wanted};
use crate::{Sqs, faults, limits, messages, settings};

pub struct ReceiveMessage;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    receive_request_attempt_id: Option<String>,
}

#[async_trait]
impl Operation for ReceiveMessage {
    type Face = Sqs;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ReceiveMessage";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:ReceiveMessage").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<Value, Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        let queue = open.queue();
        input.check_names()?;
        let wanted = input.wanted(call, &queue)?;
        let received = tokio::select! {
            received = face.engine.receive(&open, &wanted) => received?,
            () = face.engine.parts.doors.stopping() => Vec::new(),
        };
        let system = [&input.attribute_names[..], &input.message_system_attribute_names].concat();
        let shown = |one| messages::shown(one, queue.key.is_fifo(), &system, &input.message_attribute_names);
        let shown: Vec<_> = received.iter().map(shown).collect();
        // AWS: no messages, no member.
        Ok(if shown.is_empty() { json!({}) } else { json!({ "Messages": shown }) })
    }
}

impl Input {
    /// Fails on names that are no attributes.
    fn check_names(&self) -> Result<(), Fault> {
        let is_system = |name: &&String| messages::SYSTEM_ATTRIBUTES.contains(&name.as_str());
        // AWS: the older member takes the names of queues' attributes too.
        let is_known = |name: &&String| is_system(name) || settings::NAMES.contains(&name.as_str());
        let unknown = self.attribute_names.iter().find(|name| !is_known(name));
        let unknown = unknown.or(self.message_system_attribute_names.iter().find(|name| !is_system(name)));
        unknown.map_or(Ok(()), |name| Err(faults::unknown_attribute(name)))
    }

    fn wanted(&self, call: &Call, queue: &Queue) -> Result<Wanted, Fault> {
        let messages = self.max_number_of_messages.unwrap_or(1);
        if !limits::RECEIVED.contains(&messages) {
            let reason = "Must be between 1 and 10, if provided.";
            return Err(faults::invalid(messages, "MaxNumberOfMessages", reason));
        }
        let wait = self.wait_time_seconds.unwrap_or(queue.settings.wait.into());
        if !(0..=20).contains(&wait) {
            return Err(faults::invalid(wait, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided."));
        }
        let hidden = self.visibility_timeout.unwrap_or(queue.settings.visibility_timeout.into());
        let hidden_for = seconds(hidden).ok_or_else(|| {
            let reason = "Must be >= 0 and <= 43200, if provided.";
            faults::invalid(hidden, "VisibilityTimeout", reason)
        })?;
        if let Some(attempt) = &self.receive_request_attempt_id {
            if !queue.key.is_fifo() {
                let reason = "The request includes a parameter that is not valid for this queue type.";
                return Err(faults::invalid(attempt, "ReceiveRequestAttemptId", reason));
            }
            if !messages::is_id(attempt) {
                let reason = "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 \
                              in length.";
                return Err(faults::invalid(attempt, "ReceiveRequestAttemptId", reason));
            }
        }
        let by = call.caller.arn().map_or_else(|| "somebody".to_owned(), |arn| arn.to_string());
        Ok(Wanted {
            messages: messages as usize,
            patience: Duration::from_secs(wait as u64),
            hidden_for,
            attempt: self.receive_request_attempt_id.clone(),
            by,
        })
    }
}

/// A visibility time-out; `None` when it is none.
pub fn seconds(asked: i64) -> Option<Duration> {
    let seconds = u32::try_from(asked).ok().filter(|seconds| limits::VISIBILITY_SECONDS.contains(seconds))?;
    Some(Duration::from_secs(seconds.into()))
}
