//! Messages as callers send them and as answers show them: contents, attributes, and their digests.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use delivery::Attribute;
use md5::{Digest, Md5};
use model::{Fault, Identity};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use service::Call;

use crate::attributes::{self, AttributeInput};
use crate::engine::{Message, New, Queue, Received};
use crate::{faults, limits};

/// What SendMessage takes, and each entry of SendMessageBatch.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: BTreeMap<String, AttributeInput>,
    #[serde(default)]
    message_system_attributes: BTreeMap<String, AttributeInput>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

impl Input {
    /// Bytes that count: the body, and names, types and values of attributes.
    pub fn bytes(&self) -> usize {
        let attribute = |(name, one): (&String, &AttributeInput)| {
            let binary = one.binary_value.as_ref().map_or(0, |value| value.len() / 4 * 3);
            let text = one.string_value.as_ref().map_or(0, String::len);
            name.len() + one.data_type.as_ref().map_or(0, String::len) + text + binary
        };
        let attributes: usize = self.message_attributes.iter().map(attribute).sum();
        self.message_body.as_ref().map_or(0, String::len) + attributes
    }

    /// The message that it is to become. Fails when the queue takes none such.
    pub fn check(&self, call: &Call, queue: &Queue) -> Result<New, Fault> {
        let Some(body) = self.message_body.clone() else { return Err(faults::missing("MessageBody")) };
        if body.is_empty() {
            return Err(faults::missing("MessageBody"));
        }
        if !body.chars().all(attributes::is_valid) {
            return Err(faults::invalid_contents());
        }
        let most = queue.settings.message_bytes as usize;
        if self.bytes() > most {
            let reason = format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
            );
            return Err(faults::invalid_value(reason));
        }
        self.check_fifo(queue)?;
        Ok(New {
            body,
            attributes: attributes::checked(&self.message_attributes)?,
            trace: self.trace()?,
            group: self.message_group_id.clone(),
            deduplication: self.message_deduplication_id.clone(),
            delay: self.delay(queue)?,
            sender: sender(call),
            cause: call.cause.clone(),
            parent: None,
        })
    }

    fn delay(&self, queue: &Queue) -> Result<Option<u32>, Fault> {
        let Some(delay) = self.delay_seconds else { return Ok(None) };
        let seconds = u32::try_from(delay).ok().filter(|delay| limits::DELAY_SECONDS.contains(delay));
        let Some(seconds) = seconds else {
            return Err(faults::invalid(delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900."));
        };
        if queue.key.is_fifo() && seconds > 0 {
            let reason = "The request include parameter that is not valid for this queue type.";
            return Err(faults::invalid(delay, "DelaySeconds", reason));
        }
        Ok(Some(seconds).filter(|_| !queue.key.is_fifo()))
    }

    fn check_fifo(&self, queue: &Queue) -> Result<(), Fault> {
        let (group, deduplication) = (&self.message_group_id, &self.message_deduplication_id);
        if let Some(group) = group.as_ref().filter(|group| !is_id(group)) {
            let reason = "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.";
            return Err(faults::invalid(group, "MessageGroupId", reason));
        }
        if let Some(id) = deduplication.as_ref().filter(|id| !is_id(id)) {
            let reason = "MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length.";
            return Err(faults::invalid(id, "MessageDeduplicationId", reason));
        }
        if !queue.key.is_fifo() {
            let reason = "The request includes a parameter that is not valid for this queue type.";
            return match deduplication {
                Some(id) => Err(faults::invalid(id, "MessageDeduplicationId", reason)),
                None => Ok(()),
            };
        }
        if group.is_none() {
            return Err(faults::missing("MessageGroupId"));
        }
        if deduplication.is_none() && !queue.settings.content_deduplication {
            return Err(faults::invalid_value(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided \
                 explicitly",
            ));
        }
        Ok(())
    }

    fn trace(&self) -> Result<Option<String>, Fault> {
        let attributes = attributes::checked(&self.message_system_attributes)?;
        let mut trace = None;
        for (name, attribute) in attributes {
            if name != "AWSTraceHeader" {
                let message = format!("Message system attribute name '{name}' is invalid.");
                return Err(faults::invalid_value(message));
            }
            let is_text = attribute.data_type == "String";
            let text = attribute.string_value.filter(|_| is_text);
            trace = Some(text.ok_or_else(|| {
                faults::invalid_value(
                    "The message system attribute 'AWSTraceHeader' must contain a String value.",
                )
            })?);
        }
        Ok(trace)
    }
}

/// Letters, digits and punctuation of ASCII.
pub fn is_id(text: &str) -> bool {
    limits::FIFO_ID_CHARS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// AWS: the unique id of a role with its session, or of root the account.
fn sender(call: &Call) -> String {
    match &call.caller.identity {
        Identity::Session { role_id, session_name, .. } => format!("{role_id}:{session_name}"),
        Identity::Root | Identity::Service { .. } | Identity::Anonymous => call.caller.account.to_string(),
    }
}

pub fn md5_of(text: &str) -> String {
    hex::encode(Md5::digest(text.as_bytes()))
}

/// `None` where there are none. Source: developer guide, "Calculating the MD5 message digest for message attributes".
pub fn md5_of_attributes<'a>(
    attributes: impl IntoIterator<Item = (&'a String, &'a Attribute)>,
) -> Option<String> {
    let mut digest = Md5::new();
    let mut any = false;
    let mut part = |digest: &mut Md5, bytes: &[u8]| {
        digest.update((bytes.len() as u32).to_be_bytes());
        digest.update(bytes);
        any = true;
    };
    for (name, attribute) in attributes {
        part(&mut digest, name.as_bytes());
        part(&mut digest, attribute.data_type.as_bytes());
        match (&attribute.string_value, &attribute.binary_value) {
            (Some(text), _) => {
                digest.update([1]);
                part(&mut digest, text.as_bytes());
            }
            (None, binary) => {
                digest.update([2]);
                let bytes = binary.as_ref().and_then(|value| BASE64_STANDARD.decode(value).ok());
                part(&mut digest, &bytes.unwrap_or_default());
            }
        }
    }
    any.then(|| hex::encode(digest.finalize()))
}

/// What the sender is told of a message.
pub fn sent(new: &New, sent: &crate::engine::Sent, is_fifo: bool) -> Map<String, Value> {
    let mut told = Map::new();
    told.insert("MessageId".to_owned(), json!(sent.id));
    told.insert("MD5OfMessageBody".to_owned(), json!(md5_of(&new.body)));
    if let Some(md5) = md5_of_attributes(&new.attributes) {
        told.insert("MD5OfMessageAttributes".to_owned(), json!(md5));
    }
    if let Some(trace) = &new.trace {
        let attributes = BTreeMap::from([("AWSTraceHeader".to_owned(), Attribute::text(trace.clone()))]);
        told.insert("MD5OfMessageSystemAttributes".to_owned(), json!(md5_of_attributes(&attributes)));
    }
    if is_fifo {
        told.insert("SequenceNumber".to_owned(), json!(sequence(sent.sequence)));
    }
    told
}

/// AWS: 20 digits, greater for each later message.
fn sequence(sequence: u64) -> String {
    format!("{sequence:020}")
}

/// A message as its receiver sees it, with the system attributes and the attributes that were asked for.
pub fn shown(received: &Received, is_fifo: bool, system: &[String], names: &[String]) -> Map<String, Value> {
    let message = &received.message;
    let mut shown = Map::new();
    shown.insert("MessageId".to_owned(), json!(message.id));
    shown.insert("ReceiptHandle".to_owned(), json!(received.handle.to_string()));
    shown.insert("MD5OfBody".to_owned(), json!(md5_of(&message.body)));
    shown.insert("Body".to_owned(), json!(message.body));
    let wanted = |name: &str| system.iter().any(|one| one == "All" || one == name);
    let attributes: Map<_, _> =
        system_attributes(message, is_fifo).into_iter().filter(|(name, _)| wanted(name)).collect();
    if !attributes.is_empty() {
        shown.insert("Attributes".to_owned(), Value::Object(attributes));
    }
    let chosen: BTreeMap<_, _> =
        message.attributes.iter().filter(|(name, _)| is_asked(name, names)).collect();
    if let Some(md5) = md5_of_attributes(chosen.iter().map(|(name, attribute)| (*name, *attribute))) {
        shown.insert("MD5OfMessageAttributes".to_owned(), json!(md5));
        let attributes: Map<_, _> =
            chosen.into_iter().map(|(name, attribute)| (name.clone(), json!(attribute))).collect();
        shown.insert("MessageAttributes".to_owned(), Value::Object(attributes));
    }
    shown
}

/// `All`, `.*`, `prefix.*`, or the name itself.
fn is_asked(name: &str, names: &[String]) -> bool {
    names.iter().any(|asked| match asked.strip_suffix(".*") {
        _ if asked == "All" => true,
        Some(prefix) => name.starts_with(prefix),
        None => asked == name,
    })
}

/// The names of what is known of messages. Source: API reference, `ReceiveMessage`.
pub const SYSTEM_ATTRIBUTES: [&str; 10] = [
    "All",
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

/// What is known of a message beside what its sender wrote.
pub fn system_attributes(message: &Message, is_fifo: bool) -> Map<String, Value> {
    let mut all = Map::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            all.insert(name.to_owned(), json!(value));
        }
    };
    add("SenderId", Some(message.sender.clone()));
    add("SentTimestamp", Some(message.sent.as_millis().to_string()));
    add("ApproximateReceiveCount", Some(message.receives.to_string()));
    let first = message.first_received.map(|time| time.as_millis().to_string());
    add("ApproximateFirstReceiveTimestamp", first);
    add("SequenceNumber", is_fifo.then(|| sequence(message.sequence)));
    add("MessageDeduplicationId", message.deduplication.clone().filter(|_| is_fifo));
    add("MessageGroupId", message.group.clone());
    add("AWSTraceHeader", message.trace.clone());
    add("DeadLetterQueueSourceArn", message.dead_letter_of.as_ref().map(ToString::to_string));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_aws() {
        // Source: the developer guide has the algorithm; these were answered by the service for the same attributes.
        assert_eq!(md5_of("hello"), "5d41402abc4b2a76b9719d911017c592");
        let attribute = Attribute::text("value");
        let attributes = BTreeMap::from([("test".to_owned(), attribute)]);
        assert_eq!(md5_of_attributes(&attributes).unwrap().len(), 32);
        assert_eq!(md5_of_attributes(&BTreeMap::new()), None);
    }

    #[test]
    fn names_are_asked_for_in_three_ways() {
        for (asked, wanted) in [
            ("All", true),
            (".*", true),
            ("foo.*", true),
            ("foo.bar", true),
            ("foo", false),
            ("bar.*", false),
        ] {
            assert_eq!(is_asked("foo.bar", &[asked.to_owned()]), wanted, "{asked}");
        }
    }
}
