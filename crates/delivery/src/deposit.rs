//! What an event for a bucket carries: an object.

use bytes::Bytes;
use model::Internal;
use serde::{Deserialize, Serialize};

/// The payload of an event whose target is a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Deposit {
    /// The same each time the event is tried: who is told twice writes one object.
    pub key: String,
    pub content_type: String,
    pub body: String,
}

impl Deposit {
    /// As the payload of an event.
    ///
    /// # Errors
    /// None that could be met.
    pub fn pack(&self) -> Result<Bytes, Internal> {
        serde_json::to_vec(self).map(Bytes::from).map_err(Internal::because("writing a deposit"))
    }

    /// From the payload of an event; fails when it is none of these.
    ///
    /// # Errors
    /// When the payload is not one.
    pub fn unpack(payload: &Bytes) -> Result<Self, Internal> {
        serde_json::from_slice(payload).map_err(Internal::because("reading a deposit"))
    }
}
