//! What a service implements to receive events.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use model::{AccountId, Arn, Internal, InvocationId};
use store::Transaction;

use crate::Event;

/// Who wants to send to a target: what a resource policy is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceOf {
    /// The service principal: `s3.amazonaws.com`.
    pub service: String,
    pub arn: Arn,
    pub account: AccountId,
}

/// One try.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    pub invocation: InvocationId,
    /// An earlier try was cut off: the target may have seen this event already.
    pub repeat: bool,
    pub payload: Bytes,
}

/// How a try ended. What `settle` holds is committed together with the step it leads to.
#[derive(Debug)]
pub enum Delivered {
    Taken {
        settle: Transaction,
        answer: Answer,
    },
    /// The target failed by its own doing; it is tried again as often as the event says.
    Failed {
        error_type: String,
        message: String,
        settle: Transaction,
        answer: Answer,
    },
    /// Throttled, or our own fault: tried again with backoff until the event is too old.
    TryLater {
        reason: String,
    },
    /// There is no use in trying again.
    Refused {
        reason: String,
    },
}

/// What a target answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    pub document: Bytes,
    /// Which of its versions it was, where a target has several.
    pub version: Option<String>,
}

impl From<Bytes> for Answer {
    fn from(document: Bytes) -> Self {
        Self { document, version: None }
    }
}

/// An event that is done or dead.
#[derive(Debug)]
pub struct Over<'a> {
    /// With its last step.
    pub event: &'a Event,
    pub payload: &'a Bytes,
    pub why: Why,
    /// How its last try ended, if the end is that of a try.
    pub last: Option<&'a Delivered>,
}

/// Why an event is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Taken,
    RetriesExhausted,
    TooOld,
    Refused,
}

/// How often and how long an event is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Tries after the first one that failed by the target's own doing.
    pub retries: u32,
    pub max_age: Duration,
    /// Waits before the second try, the third, and so on, the last one from then on; `None` as the platform is set.
    pub retry_after: Option<Vec<Duration>>,
}

impl Terms {
    /// As the event's source asked.
    pub fn of(event: &Event) -> Self {
        Self { retries: event.retries, max_age: event.max_age, retry_after: None }
    }
}

/// A kind of resource that events are sent to.
#[async_trait]
pub trait Target: Send + Sync {
    /// The service part of the ARNs that are this target's.
    fn service(&self) -> &'static str;

    /// Whether the resource exists and lets this source send to it, now.
    async fn may_receive(&self, target: &Arn, from: &SourceOf) -> Result<bool, Internal>;

    /// Asked before each try.
    ///
    /// # Errors
    /// When the store fails: the event is tried later.
    async fn terms(&self, event: &Event) -> Result<Terms, Internal> {
        Ok(Terms::of(event))
    }

    /// Runs to its end. Never panics on a payload.
    async fn deliver(&self, event: &Event, attempt: Attempt) -> Delivered;

    /// What is to become true together with the event's end: as an event for its destination.
    async fn over(&self, over: &Over<'_>) -> Result<Transaction, Internal> {
        let _ = over;
        Ok(Transaction::new())
    }
}
