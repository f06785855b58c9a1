//! From one message that was published to one for each subscriber who wants it, all in one commit.

use std::sync::Arc;

use bytes::Bytes;
use delivery::{Event, NewEvent, Parcel, SourceOf, State, StepKind};
use model::{Arn, Internal};
use serde_json::{Map, Value, json};
use store::Transaction;
use uuid::Uuid;

use super::Engine;
use super::books::{Ready, ReadySubscription};
use super::envelope::{self, Message, Publication};
use super::http::{Notice, NoticeKind};
use super::outbox::Sent;
use super::signer::Signer;
use super::topic::{Subscription, Topic};
use crate::limits;

impl Engine {
    /// What is to become true when a message has reached its topic.
    pub async fn fan_out(
        &self,
        event: &Event,
        publication: &Publication,
        ready: &Ready,
    ) -> Result<Transaction, Internal> {
        let signer = self.signer().await?;
        let mut all = Transaction::new();
        for one in ready.subscriptions.iter().filter(|one| !one.subscription.is_pending()) {
            if is_wanted(one, publication) {
                all = all.and(self.send(event, publication, ready, &one.subscription, &signer).await?);
            }
        }
        Ok(all)
    }

    async fn send(
        &self,
        event: &Event,
        publication: &Publication,
        ready: &Ready,
        subscription: &Subscription,
        signer: &Arc<Signer>,
    ) -> Result<Transaction, Internal> {
        let message = Message { event, publication, topic: &ready.topic, subscription, signer };
        match subscription.protocol.as_str() {
            "sqs" => self.to_queue(&message).await,
            "lambda" => self.to_function(&message).await,
            "http" | "https" => self.to_address(&message),
            _ => self.to_outbox(&message),
        }
    }

    async fn to_queue(&self, message: &Message<'_>) -> Result<Transaction, Internal> {
        let parcel = parcel(message)?;
        match message.subscription.endpoint.parse::<Arn>() {
            Ok(queue) if self.may_send(message, &queue).await? => {
                let mut new = child(message, queue, parcel.pack()?);
                new.group = parcel.group;
                self.accept_child(new)
            }
            _ => self.bury(message.event, message.subscription, &parcel),
        }
    }

    async fn to_function(&self, message: &Message<'_>) -> Result<Transaction, Internal> {
        let record = message.record()?;
        match message.subscription.endpoint.parse::<Arn>() {
            Ok(function) if self.may_send(message, &function).await? => {
                let mut new = child(message, function, record.to_string().into());
                // From here on it is an asynchronous call as any other.
                new.max_age = delivery::MAX_AGE;
                self.accept_child(new)
            }
            _ => self.bury(message.event, message.subscription, &Parcel::of(record.to_string())),
        }
    }

    fn to_address(&self, message: &Message<'_>) -> Result<Transaction, Internal> {
        let subscription = message.subscription;
        let notice = Notice {
            kind: NoticeKind::Notification,
            message: message.event.id.to_string(),
            raw: subscription.is_raw(),
            body: body_of(message)?,
        };
        let mut new = child(message, subscription.arn(), notice.pack()?);
        new.max_age = limits::HTTP_AGE;
        self.accept_child(new)
    }

    /// What an address is asked, as the payload of an event.
    pub async fn confirmation(&self, topic: &Topic, subscription: &Subscription) -> Result<Bytes, Internal> {
        let (signer, message) = (self.signer().await?, Uuid::new_v4().to_string());
        let asked = envelope::confirmation(topic, subscription, &signer, &message, self.now())?;
        let kind = NoticeKind::SubscriptionConfirmation;
        Notice { kind, message, raw: false, body: asked.to_string() }.pack()
    }

    fn to_outbox(&self, message: &Message<'_>) -> Result<Transaction, Internal> {
        let subscription = message.subscription;
        let body = match subscription.protocol.as_str() {
            "email-json" => message.envelope()?.to_string(),
            protocol => message.publication.body_for(protocol).to_owned(),
        };
        let new = child(message, subscription.arn(), Bytes::copy_from_slice(body.as_bytes()));
        let (child, rows) = self.parts.delivery.ended(&new, StepKind::Done { attempt: 0 }, State::Done)?;
        let sent = Sent {
            time: self.now(),
            protocol: subscription.protocol.clone(),
            to: subscription.endpoint.clone(),
            subject: message.publication.subject.clone(),
            body,
            topic: Some(message.topic.key.arn().to_string()),
            event: Some(child.id),
        };
        Ok(rows.and(self.outgoing(&message.topic.key.account, &sent)?))
    }

    fn accept_child(&self, new: NewEvent) -> Result<Transaction, Internal> {
        Ok(self.parts.delivery.accept(new)?.1)
    }

    async fn may_send(&self, message: &Message<'_>, target: &Arn) -> Result<bool, Internal> {
        let from = SourceOf {
            service: "sns.amazonaws.com".to_owned(),
            arn: message.topic.key.arn(),
            account: message.topic.key.account.clone(),
        };
        self.parts.delivery.may_deliver(target, &from).await
    }

    /// What could not be delivered goes to the subscription's dead-letter queue, if it has one.
    pub fn bury(
        &self,
        event: &Event,
        subscription: &Subscription,
        parcel: &Parcel,
    ) -> Result<Transaction, Internal> {
        let topic = &subscription.topic;
        let (account, region) = (topic.account.clone(), topic.region.clone());
        let queue = subscription.dead_letter_queue();
        let target = queue.clone().unwrap_or_else(|| subscription.arn());
        let mut new = NewEvent::new(account, region, "sns", target, parcel.pack()?).out_of([event]);
        new.subject = format!("dead letter of {}", subscription.endpoint);
        new.group.clone_from(&parcel.group);
        if queue.is_none() {
            let reason =
                format!("{} cannot be sent to, and there is no dead-letter queue", subscription.endpoint);
            return Ok(self.parts.delivery.ended(&new, StepKind::Dead { reason }, State::Dead)?.1);
        }
        self.accept_child(new)
    }
}

fn child(message: &Message<'_>, target: Arn, payload: Bytes) -> NewEvent {
    let topic = &message.topic.key;
    let mut new = NewEvent::new(topic.account.clone(), topic.region.clone(), "sns", target, payload)
        .out_of([message.event]);
    new.subject.clone_from(&topic.name);
    new
}

fn body_of(message: &Message<'_>) -> Result<String, Internal> {
    Ok(match message.subscription.is_raw() {
        true => message.publication.body_for(&message.subscription.protocol).to_owned(),
        false => message.envelope()?.to_string(),
    })
}

/// As a queue gets it: raw with its attributes, or all of it in an envelope.
fn parcel(message: &Message<'_>) -> Result<Parcel, Internal> {
    let publication = message.publication;
    let attributes = match message.subscription.is_raw() {
        true => publication.attributes.iter().map(|(name, one)| (name.clone(), one.clone())).collect(),
        false => Default::default(),
    };
    let deduplication = publication.deduplication.clone();
    Ok(Parcel {
        attributes,
        group: publication.group.clone(),
        // Of what was deduplicated by its content, the queue sees an envelope that is another each time.
        deduplication: deduplication
            .or_else(|| publication.group.as_ref().map(|_| message.event.id.to_string())),
        ..Parcel::of(body_of(message)?)
    })
}

fn is_wanted(one: &ReadySubscription, publication: &Publication) -> bool {
    let Some(filter) = &one.filter else { return true };
    let document = match one.subscription.attribute("FilterPolicyScope") {
        Some("MessageBody") => serde_json::from_str(publication.body_for(&one.subscription.protocol)).ok(),
        _ => Some(attributes_of(publication)),
    };
    document.is_some_and(|document: Value| filter.matches(&document))
}

/// Message attributes as filters see them. Source: developer guide, "Amazon SNS message filtering": arrays by their elements,
/// no binary ones.
fn attributes_of(publication: &Publication) -> Value {
    let mut document = Map::new();
    for (name, attribute) in &publication.attributes {
        let Some(text) = &attribute.string_value else { continue };
        let value = match attribute.data_type.split('.').next() {
            _ if attribute.data_type == "String.Array" => {
                serde_json::from_str(text).unwrap_or_else(|_| json!(text))
            }
            Some("Number") => {
                serde_json::from_str::<f64>(text).map_or_else(|_| json!(text), |number| json!(number))
            }
            _ => json!(text),
        };
        document.insert(name.clone(), value);
    }
    Value::Object(document)
}
