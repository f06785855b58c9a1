//! A message, and what it is known by.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use delivery::Attribute;
use model::{Arn, EventId, Time};
use serde::{Deserialize, Serialize, Serializer};
use store::Record;

use crate::limits;

/// A message's place among all that were ever sent: the time in milliseconds and, in the lower 20 bits, a count within it.
pub type Sequence = u64;

/// The bits of a sequence that count within a millisecond.
pub const COUNT_BITS: u32 = 20;

/// What was sent, and what has become of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub sequence: Sequence,
    pub id: EventId,
    /// Empty in the row of one whose body has a row of its own.
    #[serde(serialize_with = "unless_apart")]
    pub body: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Attribute>,
    /// `AWSTraceHeader`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduplication: Option<String>,
    pub sender: String,
    pub sent: Time,
    /// Nobody gets it before.
    pub visible: Time,
    pub receives: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_received: Option<Time>,
    #[serde(default)]
    pub last_received: Option<Time>,
    /// Of the last receive.
    pub receipt: u64,
    /// The queue that it was a dead letter of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter_of: Option<Arn>,
}

impl Message {
    /// From when on it can be received. One that was not delayed waits for nothing, even if the clock was set back since:
    /// those behind it in its group would pass it.
    pub fn due(&self) -> Time {
        if self.receives == 0 && self.visible == self.sent { Time::from_millis(0) } else { self.visible }
    }
}

impl Record for Message {
    const VERSION: u32 = 1;
}

impl Message {
    /// Whether the body has a row of its own: what is read to know which messages there are must not be large. No message
    /// has an empty body.
    pub fn is_apart(&self) -> bool {
        is_apart(&self.body)
    }
}

fn is_apart(body: &str) -> bool {
    body.is_empty() || body.len() > limits::BODY_WITHIN
}

fn unless_apart<S: Serializer>(body: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if is_apart(body) { "" } else { body })
}

/// Of a message's row, what is to be known before it is its turn.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    pub sequence: Sequence,
    pub sent: Time,
    pub visible: Time,
    pub receives: u32,
    #[serde(default)]
    pub group: Option<String>,
}

impl Place {
    /// One that was not delayed waits for no clock, even if it was set back since.
    pub fn is_delayed(&self, now: Time) -> bool {
        self.receives == 0 && self.visible > self.sent && self.visible > now
    }
}

impl Record for Place {
    const VERSION: u32 = Message::VERSION;
}

/// A message in flight: its row says which one and until when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InFlight {
    pub receipt: u64,
    pub group: Option<String>,
}

impl Record for InFlight {
    const VERSION: u32 = 1;
}

/// What a receive is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle {
    /// The queue's id.
    pub queue: String,
    pub sequence: Sequence,
    pub receipt: u64,
}

impl Handle {
    /// `None` when the text is no handle.
    pub fn read(text: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok()?;
        let mut parts = text.split(' ');
        let (queue, sequence, receipt) =
            (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        parts.next().is_none().then(|| Self { queue: queue.to_owned(), sequence, receipt })
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { queue, sequence, receipt } = self;
        formatter.write_str(&BASE64_STANDARD.encode(format!("{queue} {sequence} {receipt}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_read_as_it_was_written() {
        let handle = Handle { queue: "q-1".to_owned(), sequence: 7, receipt: u64::MAX };
        assert_eq!(Handle::read(&handle.to_string()), Some(handle));
        for text in ["", "x", "AAAA", &BASE64_STANDARD.encode("q 1"), &BASE64_STANDARD.encode("q 1 2 3")] {
            assert_eq!(Handle::read(text), None, "{text}");
        }
    }
}
