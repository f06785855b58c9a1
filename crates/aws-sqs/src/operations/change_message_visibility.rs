//! `ChangeMessageVisibility`: a message that was received stays hidden for longer, or shorter.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use std::sync::Arc;

use super::{handles, receive_message};
use crate::engine::{NotVisible, Open};
use crate::{Sqs, faults};

pub struct ChangeMessageVisibility;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

#[async_trait]
impl Operation for ChangeMessageVisibility {
    type Face = Sqs;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "ChangeMessageVisibility";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:ChangeMessageVisibility").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<(), Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        let (handle, seconds) = (input.receipt_handle.as_deref(), input.visibility_timeout);
        Ok(face.change_visibility(&open, handle, seconds).await?)
    }
}

impl Sqs {
    /// What this operation does, and its batch for each entry.
    pub(super) async fn change_visibility(
        &self,
        open: &Arc<Open>,
        handle: Option<&str>,
        asked: Option<i64>,
    ) -> Result<(), Failure> {
        let read = handles::read(open, handle)?;
        let asked = asked.ok_or_else(|| faults::missing("VisibilityTimeout"))?;
        let hidden_for = receive_message::seconds(asked).ok_or_else(|| {
            let reason = "VisibilityTimeout must be an integer between 0 and 43200.";
            faults::invalid(asked, "VisibilityTimeout", reason)
        })?;
        match self.engine.hide(open, &read, hidden_for).await? {
            Ok(()) => Ok(()),
            Err(NotVisible::TooLong) => {
                let reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
                Err(faults::invalid(asked, "VisibilityTimeout", reason).into())
            }
            Err(NotVisible::Landed | NotVisible::Gone) => {
                let reason = "Message does not exist or is not available for visibility timeout change.";
                Err(faults::invalid(handle.unwrap_or_default(), "ReceiptHandle", reason).into())
            }
        }
    }
}
