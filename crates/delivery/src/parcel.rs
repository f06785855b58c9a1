//! What an event for a queue or a topic carries: a body and what stands beside it.

use std::collections::BTreeMap;

use bytes::Bytes;
use model::Internal;
use serde::{Deserialize, Serialize};

/// The payload of an event whose target is a queue, or a topic, wherever it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Parcel {
    pub body: String,
    /// For a topic's subscribers who read headlines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Message attributes, as their receiver sees them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Attribute>,
    /// The message group, for a FIFO queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What a FIFO queue knows a repetition by; where there is none, the body if the queue says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduplication: Option<String>,
}

/// One message attribute. Source: SQS and SNS API references, `MessageAttributeValue`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Attribute {
    /// `String`, `Number`, `Binary`, each with a custom label behind a dot if wanted.
    pub data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// In Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

impl Attribute {
    /// One of the type `String`.
    pub fn text(value: impl Into<String>) -> Self {
        Self { data_type: "String".to_owned(), string_value: Some(value.into()), binary_value: None }
    }
}

impl Parcel {
    /// A body alone.
    pub fn of(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    /// As the payload of an event.
    ///
    /// # Errors
    /// None that could be met.
    pub fn pack(&self) -> Result<Bytes, Internal> {
        serde_json::to_vec(self).map(Bytes::from).map_err(Internal::because("writing a parcel"))
    }

    /// From the payload of an event.
    ///
    /// # Errors
    /// When it is none.
    pub fn unpack(payload: &Bytes) -> Result<Self, Internal> {
        serde_json::from_slice(payload).map_err(Internal::because("reading a parcel"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_comes_out_as_it_went_in() {
        let parcel = Parcel {
            attributes: [("kind".to_owned(), Attribute::text("log"))].into(),
            group: Some("g".to_owned()),
            ..Parcel::of("ä\n")
        };
        assert_eq!(Parcel::unpack(&parcel.pack().unwrap()).unwrap(), parcel);
        assert_eq!(Parcel::of("b").pack().unwrap(), r#"{"Body":"b"}"#);
        assert!(Parcel::unpack(&Bytes::from_static(b"[]")).is_err());
    }
}
