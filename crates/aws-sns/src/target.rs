//! Topics as the target of events, and addresses that are subscribed to them.

use async_trait::async_trait;
use bytes::Bytes;
use delivery::{Attempt, Delivered, Event, Over, Parcel, SourceOf, Target, Terms, Why};
use model::{Arn, Caller, Identity, Internal, Permission};
use store::Transaction;

use crate::Sns;
use crate::engine::{Notice, Publication, Retries, TopicKey};

#[async_trait]
impl Target for Sns {
    fn service(&self) -> &'static str {
        "sns"
    }

    async fn may_receive(&self, target: &Arn, from: &SourceOf) -> Result<bool, Internal> {
        let Some((key, None)) = TopicKey::of_arn(target) else { return Ok(false) };
        let Some(ready) = self.engine.ready(&key).await? else { return Ok(false) };
        let permission = Permission::new("sns:Publish", target.to_string())
            .owned_by(key.account)
            .with_policy(Some(ready.topic.policy()))
            .with_context("aws:SourceArn", from.arn.to_string())
            .with_context("aws:SourceAccount", from.account.as_str());
        let identity = Identity::Service { name: from.service.clone() };
        let caller = Caller { account: from.account.clone(), identity };
        self.engine.parts.rights.allows(&caller, &permission).await
    }

    async fn terms(&self, event: &Event) -> Result<Terms, Internal> {
        let mut terms = Terms::of(event);
        if let Some((topic, Some(id))) = TopicKey::of_arn(&event.target)
            && let Some(subscription) = self.engine.subscription(&topic, &id).await?
        {
            let ready = self.engine.ready(&topic).await?;
            let policy = ready.as_ref().and_then(|ready| ready.topic.attribute("DeliveryPolicy"));
            let waits = Retries::of(&subscription, policy).waits();
            terms.retries = waits.len() as u32;
            terms.retry_after = Some(waits);
        }
        Ok(terms)
    }

    async fn deliver(&self, event: &Event, attempt: Attempt) -> Delivered {
        match self.hand_on(event, &attempt.payload).await {
            Ok(delivered) => delivered,
            Err(internal) => {
                tracing::error!(error = %internal, event = %event.id, "a message could not be handed on");
                Delivered::TryLater { reason: "an internal error".to_owned() }
            }
        }
    }

    async fn over(&self, over: &Over<'_>) -> Result<Transaction, Internal> {
        let Some((topic, Some(id))) = TopicKey::of_arn(&over.event.target) else {
            return Ok(Transaction::new());
        };
        if over.why == Why::Taken {
            return Ok(Transaction::new());
        }
        let Some(subscription) = self.engine.subscription(&topic, &id).await? else {
            return Ok(Transaction::new());
        };
        // Without a queue for them its own end says it all.
        if subscription.dead_letter_queue().is_none() {
            return Ok(Transaction::new());
        }
        let notice = Notice::unpack(over.payload)?;
        self.engine.bury(over.event, &subscription, &Parcel::of(notice.body))
    }
}

impl Sns {
    async fn hand_on(&self, event: &Event, payload: &Bytes) -> Result<Delivered, Internal> {
        let refused = |reason: &str| Ok(Delivered::Refused { reason: reason.to_owned() });
        match TopicKey::of_arn(&event.target) {
            Some((topic, None)) => {
                let Some(ready) = self.engine.ready(&topic).await? else {
                    return refused("the topic does not exist");
                };
                let Ok(publication) = Publication::unpack(payload) else {
                    return refused("the event is no message for a topic");
                };
                let settle = self.engine.fan_out(event, &publication, &ready).await?;
                Ok(Delivered::Taken { settle, answer: Default::default() })
            }
            Some((topic, Some(id))) => {
                let Some(subscription) = self.engine.subscription(&topic, &id).await? else {
                    return refused("the subscription was ended");
                };
                Ok(self.engine.post(event, &subscription, &Notice::unpack(payload)?).await)
            }
            None => refused("no topic is named"),
        }
    }
}
