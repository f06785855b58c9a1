//! Events, their state, and the steps of their timelines.

use std::time::Duration;

use bytes::Bytes;
use model::{AccountId, Arn, Cause, EventId, InvocationId, Region, Time};
use serde::{Deserialize, Serialize};

use crate::limits;

/// Something that happened, as its source hands it over.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What the caller was given as the id, where the source gave one; else a random one.
    pub id: EventId,
    pub account: AccountId,
    pub region: Region,
    /// The service it happened in: `s3`, `lambda`.
    pub source: &'static str,
    /// What it happened to, for people: `s3://photos/a.jpg`.
    pub subject: String,
    /// Where it goes: a function's ARN, with qualifier if one was asked for.
    pub target: Arn,
    /// Events of a group reach their target one after the other, in the order of their ids.
    pub group: Option<String>,
    /// The document for the target, up to `EVENT_PAYLOAD_BYTES`; the source checks, with its own fault.
    pub payload: Bytes,
    pub cause: Option<Cause>,
    /// The events that it came out of. Where none are named, the one that its cause handled.
    pub parents: Vec<EventId>,
    /// Those at whose beginning it stands: what people ask about. Where none are named, its cause's.
    pub roots: Vec<EventId>,
    /// Tries after the first one that failed by the target's own doing.
    pub retries: u32,
    pub max_age: Duration,
}

impl NewEvent {
    /// An event with Lambda's defaults for retries and age, and a random id.
    pub fn new(
        account: AccountId,
        region: Region,
        source: &'static str,
        target: Arn,
        payload: Bytes,
    ) -> Self {
        Self {
            id: EventId::random(),
            account,
            region,
            source,
            subject: String::new(),
            target,
            group: None,
            payload,
            cause: None,
            parents: Vec::new(),
            roots: Vec::new(),
            retries: limits::MAX_RETRIES,
            max_age: limits::MAX_AGE,
        }
    }

    /// One that comes out of others without a call of a function in between: as of a message to a topic, one for each
    /// subscription, or of messages in a queue a batch.
    #[must_use]
    pub fn out_of<'a>(mut self, parents: impl IntoIterator<Item = &'a Event>) -> Self {
        for parent in parents {
            self.parents.push(parent.id);
            for root in parent.roots() {
                if !self.roots.contains(&root) {
                    self.roots.push(root);
                }
            }
            // The loop guard counts along the longest way here.
            let length = |cause: &Option<Cause>| cause.as_ref().map_or(0, |cause| cause.chain.len());
            if length(&parent.cause) > length(&self.cause) {
                self.cause.clone_from(&parent.cause);
            }
        }
        self
    }
}

/// An accepted event with its timeline; the payload is kept beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: EventId,
    pub account: AccountId,
    pub region: Region,
    pub source: String,
    pub subject: String,
    pub target: Arn,
    pub group: Option<String>,
    pub payload_bytes: u64,
    pub cause: Option<Cause>,
    pub parents: Vec<EventId>,
    /// Empty for one that has no parent.
    pub roots: Vec<EventId>,
    pub retries: u32,
    pub max_age: Duration,
    pub received: Time,
    pub state: State,
    pub steps: Vec<Step>,
}

impl Event {
    /// The roots of its tree: itself if it has no parent.
    pub fn roots(&self) -> Vec<EventId> {
        if self.roots.is_empty() { vec![self.id] } else { self.roots.clone() }
    }

    /// When it is to be tried, if it is.
    pub fn due(&self) -> Option<Time> {
        match self.state {
            State::Pending { due } => Some(due),
            State::Held | State::Done | State::Dead => None,
        }
    }

    /// Adds a step. Of handings in a row to the same taker only the last is kept, and of others the latest: a message may be
    /// taken a thousand times.
    pub fn push(&mut self, step: Step) {
        if let StepKind::Handed { to, .. } = &step.kind {
            let handings = self.steps.iter().rposition(|step| !matches!(step.kind, StepKind::Handed { .. }));
            let first = handings.map_or(0, |last| last + 1);
            match self.steps.last().map(|step| &step.kind) {
                Some(StepKind::Handed { to: before, .. }) if before == to => drop(self.steps.pop()),
                _ if self.steps.len() - first >= limits::HANDINGS => drop(self.steps.remove(first)),
                _ => {}
            }
        }
        self.steps.push(step);
    }

    /// Tries that were begun.
    pub fn attempts(&self) -> u32 {
        self.steps.iter().filter(|step| matches!(step.kind, StepKind::Started { .. })).count() as u32
    }

    /// Tries that ended with the target's own failure.
    pub fn failures(&self) -> u32 {
        self.steps.iter().filter(|step| matches!(step.kind, StepKind::Failed { .. })).count() as u32
    }

    /// How often in a row, up to now, it had to wait for reasons that are not the target's doing.
    pub fn waits(&self) -> u32 {
        self.steps
            .iter()
            .rev()
            .find_map(|step| match &step.kind {
                StepKind::Started { .. } => None,
                StepKind::Waiting { times, .. } => Some(*times),
                _ => Some(0),
            })
            .unwrap_or(0)
    }

    /// A try began and nothing says how it ended: the target may have seen the event.
    pub fn is_cut_off(&self) -> bool {
        let before_waits =
            self.steps.iter().rev().find(|step| !matches!(step.kind, StepKind::Waiting { .. }));
        matches!(before_waits.map(|step| &step.kind), Some(StepKind::Started { .. }))
    }
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// To be tried, or tried again, at `due`.
    Pending {
        due: Time,
    },
    /// It lies where its target has put it, as in a queue, until that has done with it: nobody tries it.
    Held,
    Done,
    Dead,
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub time: Time,
    #[serde(flatten)]
    pub kind: StepKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "lowercase")]
pub enum StepKind {
    Received,
    /// A try began. `repeat` says that an earlier one was cut off by a crash, so the target may see the event twice.
    Started {
        attempt: u32,
        invocation: InvocationId,
        repeat: bool,
    },
    /// The target failed by its own doing.
    Failed {
        attempt: u32,
        error_type: String,
        message: String,
    },
    /// The target could not be tried: throttled, or the platform was at fault. In a row they are one step.
    Waiting {
        reason: String,
        times: u32,
    },
    /// Whoever takes from where it is held was given it, for the n-th time.
    Handed {
        to: String,
        times: u32,
    },
    /// Of a batch that was taken from a source, so many items go back there.
    Returned {
        items: u32,
    },
    Done {
        attempt: u32,
    },
    Dead {
        reason: String,
    },
}
