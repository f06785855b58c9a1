//! Queues as the target of events: each becomes a message.

use async_trait::async_trait;
use bytes::Bytes;
use delivery::{Attempt, Delivered, Event, Parcel, SourceOf, Target};
use model::{Arn, Caller, Identity, Internal, Permission};

use crate::engine::{New, QueueKey};
use crate::{Sqs, limits};

#[async_trait]
impl Target for Sqs {
    fn service(&self) -> &'static str {
        "sqs"
    }

    async fn may_receive(&self, target: &Arn, from: &SourceOf) -> Result<bool, Internal> {
        let Some(key) = QueueKey::of_arn(target) else { return Ok(false) };
        let Some(open) = self.engine.open(&key).await? else { return Ok(false) };
        let permission = Permission::new("sqs:SendMessage", target.to_string())
            .owned_by(key.account)
            .with_policy(open.queue().settings.policy.clone())
            .with_context("aws:SourceArn", from.arn.to_string())
            .with_context("aws:SourceAccount", from.account.as_str());
        let identity = Identity::Service { name: from.service.clone() };
        let caller = Caller { account: from.account.clone(), identity };
        self.engine.parts.rights.allows(&caller, &permission).await
    }

    async fn deliver(&self, event: &Event, attempt: Attempt) -> Delivered {
        match self.accept(event, &attempt.payload).await {
            Ok(delivered) => delivered,
            Err(internal) => {
                tracing::error!(error = %internal, event = %event.id, "an event could not become a message");
                Delivered::TryLater { reason: "an internal error".to_owned() }
            }
        }
    }
}

impl Sqs {
    async fn accept(&self, event: &Event, payload: &Bytes) -> Result<Delivered, Internal> {
        let refused = |reason: &str| Ok(Delivered::Refused { reason: reason.to_owned() });
        let Some(open) = self.engine.open_arn(&event.target).await? else {
            return refused("the queue does not exist");
        };
        let Ok(parcel) = Parcel::unpack(payload) else {
            return refused("the event is no message for a queue");
        };
        let queue = open.queue();
        if parcel.body.len() > (queue.settings.message_bytes as usize).min(limits::MESSAGE_BYTES) {
            return refused("the message is larger than the queue takes");
        }
        if queue.key.is_fifo() && parcel.group.is_none() {
            return refused("a FIFO queue takes no message without a group");
        }
        let new = New {
            body: parcel.body,
            attributes: parcel.attributes,
            group: parcel.group,
            // Delivered again after a crash, it is the same message.
            deduplication: parcel.deduplication.or_else(|| queue.key.is_fifo().then(|| event.id.to_string())),
            sender: format!("{}.amazonaws.com", event.source),
            parent: Some(event.clone()),
            ..New::default()
        };
        let sent = self.engine.send(&open, vec![new]).await?;
        let answer = sent.first().map(|sent| sent.id.to_string()).unwrap_or_default();
        Ok(Delivered::Taken { settle: store::Transaction::new(), answer: Bytes::from(answer).into() })
    }
}
