//! Messages as publishers give them: contents, attributes, and what topics take.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use delivery::Attribute;
use model::Fault;
use serde::Deserialize;
use serde_json::{Map, Value};
use service::Call;

use crate::engine::{New, Publication, Topic};
use crate::{faults, forms, limits};

/// What Publish takes, and each entry of PublishBatch.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    pub message: Option<String>,
    pub subject: Option<String>,
    message_structure: Option<String>,
    #[serde(default)]
    message_attributes: Attributes,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Attributes {
    #[serde(default, deserialize_with = "forms::numbered")]
    entry: Vec<AttributeEntry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeEntry {
    name: String,
    value: Option<AttributeInput>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeInput {
    data_type: Option<String>,
    string_value: Option<String>,
    binary_value: Option<String>,
}

impl Input {
    /// Bytes that count: the message, and names, types and values of attributes.
    pub fn bytes(&self) -> usize {
        let attribute = |entry: &AttributeEntry| {
            let value = entry.value.as_ref().map_or(0, |value| {
                value.data_type.as_ref().map_or(0, String::len)
                    + value.string_value.as_ref().map_or(0, String::len)
                    + value.binary_value.as_ref().map_or(0, |binary| binary.len() / 4 * 3)
            });
            entry.name.len() + value
        };
        let attributes: usize = self.message_attributes.entry.iter().map(attribute).sum();
        self.message.as_ref().map_or(0, String::len) + attributes
    }

    /// What is to be published. Fails when the topic takes none such; without a topic it is for one address.
    pub fn check(&self, call: &Call, topic: Option<&Topic>) -> Result<New, Fault> {
        let body = self.message.clone().unwrap_or_default();
        if body.is_empty() {
            return Err(faults::invalid("Empty message"));
        }
        if self.bytes() > limits::MESSAGE_BYTES {
            return Err(faults::invalid("Message too long"));
        }
        if let Some(subject) = &self.subject {
            check_subject(subject)?;
        }
        let bodies = self.bodies(&body)?;
        if let Some(topic) = topic {
            self.check_fifo(topic)?;
        }
        let publication = Publication {
            body: bodies.get("default").cloned().unwrap_or(body),
            subject: self.subject.clone(),
            attributes: self.attributes()?,
            group: self.message_group_id.clone(),
            deduplication: self.message_deduplication_id.clone(),
            bodies,
            sequence: None,
            origin: Some(call.origin.clone()),
        };
        Ok(New { publication, cause: call.cause.clone() })
    }

    /// By protocol, where the message says so.
    fn bodies(&self, body: &str) -> Result<BTreeMap<String, String>, Fault> {
        match self.message_structure.as_deref() {
            None => Ok(BTreeMap::new()),
            Some("json") => {
                let parsed: Map<String, Value> = serde_json::from_str(body)
                    .map_err(|_| faults::invalid("Message Structure - JSON message body failed to parse"))?;
                if !parsed.get("default").is_some_and(Value::is_string) {
                    return Err(faults::invalid("Message Structure - No default entry in JSON message body"));
                }
                let text = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned()));
                Ok(parsed.into_iter().filter_map(text).collect())
            }
            Some(_) => Err(faults::invalid("Message structure")),
        }
    }

    fn check_fifo(&self, topic: &Topic) -> Result<(), Fault> {
        let (group, deduplication) =
            (self.message_group_id.as_deref(), self.message_deduplication_id.as_deref());
        if !topic.key.is_fifo() {
            return match deduplication {
                Some(_) => Err(faults::invalid(
                    "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
                )),
                None => Ok(()),
            };
        }
        let Some(group) = group.filter(|group| !group.is_empty()) else {
            return Err(faults::invalid("The MessageGroupId parameter is required for FIFO topics"));
        };
        if !is_id(group) {
            return Err(faults::invalid(
                "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length",
            ));
        }
        match deduplication {
            Some(id) if !is_id(id) => Err(faults::invalid(
                "MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length",
            )),
            None if !topic.has_content_deduplication() => Err(faults::invalid(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            )),
            _ => Ok(()),
        }
    }

    fn attributes(&self) -> Result<BTreeMap<String, Attribute>, Fault> {
        let entries = self.message_attributes.entry.iter();
        entries.map(|entry| Ok((entry.name.clone(), attribute(entry)?))).collect()
    }
}

/// Source: API reference, `Publish`, `Subject`.
fn check_subject(subject: &str) -> Result<(), Fault> {
    let first = subject
        .chars()
        .next()
        .is_some_and(|letter| letter.is_ascii_alphanumeric() || letter.is_ascii_punctuation());
    let all = subject.chars().all(|letter| letter == ' ' || letter.is_ascii_graphic());
    if !first || !all || subject.chars().count() > limits::SUBJECT_CHARS {
        return Err(faults::invalid("Subject"));
    }
    Ok(())
}

fn is_id(text: &str) -> bool {
    limits::FIFO_ID_CHARS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Source: developer guide, "Amazon SNS message attributes".
fn attribute(entry: &AttributeEntry) -> Result<Attribute, Fault> {
    let name = &entry.name;
    let refused = |message: String| Err(faults::invalid_value(message));
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    if !letters || dots || !(1..=256).contains(&name.len()) {
        return refused(format!("The message attribute name '{name}' is invalid."));
    }
    let empty = AttributeInput { data_type: None, string_value: None, binary_value: None };
    let value = entry.value.as_ref().unwrap_or(&empty);
    let data_type = value.data_type.clone().unwrap_or_default();
    let kind = data_type.split('.').next().unwrap_or_default();
    if data_type.is_empty() {
        return refused(format!(
            "The message attribute '{name}' must contain non-empty message attribute type."
        ));
    }
    if !matches!(kind, "String" | "Number" | "Binary") {
        return refused(format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
        ));
    }
    let missing = || {
        faults::invalid_value(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{data_type}'."
        ))
    };
    if kind == "Binary" {
        let binary = value
            .binary_value
            .clone()
            .filter(|binary| BASE64_STANDARD.decode(binary).is_ok_and(|bytes| !bytes.is_empty()));
        let binary_value = Some(binary.ok_or_else(missing)?);
        return Ok(Attribute { data_type, string_value: None, binary_value });
    }
    let text = value.string_value.clone().filter(|text| !text.is_empty()).ok_or_else(missing)?;
    if kind == "Number" && text.parse::<f64>().is_err() {
        return refused(format!("Could not cast message attribute '{name}' value to number."));
    }
    if data_type == "String.Array" && serde_json::from_str::<Vec<Value>>(&text).is_err() {
        return refused(format!("Message attribute '{name}' is no array."));
    }
    Ok(Attribute { data_type, string_value: Some(text), binary_value: None })
}
