//! What was published, and the documents in which subscribers get it. Source: SNS developer guide, "Parsing Amazon SNS message
//! formats", and Lambda developer guide, "Using Lambda with Amazon SNS".

use std::collections::BTreeMap;

use bytes::Bytes;
use delivery::{Attribute, Event};
use model::{Internal, Time};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::signer::Signer;
use super::topic::{Subscription, Topic};

/// The payload of an event whose target is a topic: a `delivery::Parcel`, and what only publishers say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Publication {
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Attribute>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduplication: Option<String>,
    /// In place of the body, by protocol: `MessageStructure` is `json`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bodies: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<String>,
    /// How the publisher reached the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

impl Publication {
    /// From the payload of an event.
    pub fn unpack(payload: &Bytes) -> Result<Self, Internal> {
        serde_json::from_slice(payload).map_err(Internal::because("reading what was published"))
    }

    pub fn pack(&self) -> Result<Bytes, Internal> {
        serde_json::to_vec(self).map(Bytes::from).map_err(Internal::because("writing what is published"))
    }

    /// What subscribers of a protocol are told.
    pub fn body_for(&self, protocol: &str) -> &str {
        self.bodies.get(protocol).unwrap_or(&self.body)
    }
}

/// One message on its way to one subscriber.
pub struct Message<'a> {
    pub event: &'a Event,
    pub publication: &'a Publication,
    pub topic: &'a Topic,
    pub subscription: &'a Subscription,
    pub signer: &'a Signer,
}

impl Message<'_> {
    fn origin(&self) -> &str {
        self.publication.origin.as_deref().unwrap_or(&self.topic.origin)
    }

    fn unsubscribe_url(&self) -> String {
        format!("{}/?Action=Unsubscribe&SubscriptionArn={}", self.origin(), self.subscription.arn())
    }

    fn timestamp(&self) -> String {
        self.event.received.iso8601()
    }

    fn body(&self) -> &str {
        self.publication.body_for(&self.subscription.protocol)
    }

    /// In the order in which AWS has the members.
    pub fn envelope(&self) -> Result<Value, Internal> {
        let mut envelope = Map::new();
        let mut add = |name: &str, value: Value| drop(envelope.insert(name.to_owned(), value));
        let (topic, time) = (self.topic.key.arn().to_string(), self.timestamp());
        add("Type", json!("Notification"));
        add("MessageId", json!(self.event.id));
        if let Some(sequence) = &self.publication.sequence {
            add("SequenceNumber", json!(sequence));
        }
        add("TopicArn", json!(topic));
        if let Some(subject) = &self.publication.subject {
            add("Subject", json!(subject));
        }
        add("Message", json!(self.body()));
        add("Timestamp", json!(time));
        // AWS: messages of FIFO topics are not signed.
        if !self.topic.key.is_fifo() {
            let signature = self.signature(&topic, &time)?;
            add("SignatureVersion", json!(self.topic.signature_version()));
            add("Signature", json!(signature));
            add("SigningCertURL", json!(self.signer.address(self.origin())));
        }
        add("UnsubscribeURL", json!(self.unsubscribe_url()));
        if !self.publication.attributes.is_empty() {
            add("MessageAttributes", shown_attributes(&self.publication.attributes));
        }
        Ok(Value::Object(envelope))
    }

    fn signature(&self, topic: &str, time: &str) -> Result<String, Internal> {
        let id = self.event.id.to_string();
        let mut parts = vec![("Message", self.body()), ("MessageId", &id)];
        if let Some(subject) = &self.publication.subject {
            parts.push(("Subject", subject));
        }
        parts.extend([("Timestamp", time), ("TopicArn", topic), ("Type", "Notification")]);
        self.signer.sign(&parts, self.topic.signature_version())
    }

    /// The event of a function: `Records[].Sns`.
    pub fn record(&self) -> Result<Value, Internal> {
        let (topic, time) = (self.topic.key.arn().to_string(), self.timestamp());
        Ok(json!({ "Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": self.subscription.arn(),
            "Sns": {
                "Type": "Notification",
                "MessageId": self.event.id,
                "TopicArn": topic,
                "Subject": self.publication.subject,
                "Message": self.body(),
                "Timestamp": time,
                "SignatureVersion": self.topic.signature_version(),
                "Signature": self.signature(&topic, &time)?,
                // Spelled otherwise than in other envelopes.
                "SigningCertUrl": self.signer.address(self.origin()),
                "UnsubscribeUrl": self.unsubscribe_url(),
                "MessageAttributes": shown_attributes(&self.publication.attributes),
            },
        }] }))
    }
}

fn shown_attributes(attributes: &BTreeMap<String, Attribute>) -> Value {
    let shown = |(name, one): (&String, &Attribute)| {
        let value = one.string_value.as_ref().or(one.binary_value.as_ref());
        (name.clone(), json!({ "Type": one.data_type, "Value": value }))
    };
    Value::Object(attributes.iter().map(shown).collect())
}

/// What an address is told that is to be asked whether it wants to be subscribed.
pub fn confirmation(
    topic: &Topic,
    subscription: &Subscription,
    signer: &Signer,
    id: &str,
    now: Time,
) -> Result<Value, Internal> {
    let (arn, token) = (topic.key.arn().to_string(), subscription.token.clone().unwrap_or_default());
    let message = format!(
        "You have chosen to subscribe to the topic {arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message."
    );
    let url = format!("{}/?Action=ConfirmSubscription&TopicArn={arn}&Token={token}", topic.origin);
    let time = now.iso8601();
    let parts = [
        ("Message", message.as_str()),
        ("MessageId", id),
        ("SubscribeURL", &url),
        ("Timestamp", &time),
        ("Token", &token),
        ("TopicArn", &arn),
        ("Type", "SubscriptionConfirmation"),
    ];
    Ok(json!({
        "Type": "SubscriptionConfirmation",
        "MessageId": id,
        "Token": token,
        "TopicArn": arn,
        "Message": message,
        "SubscribeURL": url,
        "Timestamp": time,
        "SignatureVersion": topic.signature_version(),
        "Signature": signer.sign(&parts, topic.signature_version())?,
        "SigningCertURL": signer.address(&topic.origin),
    }))
}
