//! An event with its timeline.

use delivery::{Event, State, Step, StepKind};
use model::Cause;
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventView {
    pub id: String,
    pub source: String,
    pub subject: String,
    pub target: String,
    pub region: String,
    pub received: String,
    /// `pending`, `held`, `done` or `dead`.
    pub state: &'static str,
    /// When a pending event is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    pub attempts: u32,
    pub payload_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseView>,
    /// The events that it came out of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<String>,
    pub timeline: Vec<StepView>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CauseView {
    invocation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    function: String,
    chain: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StepView {
    time: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "Step", rename_all_fields = "PascalCase")]
enum What {
    Received,
    Handed { to: String, times: u32 },
    Started { attempt: u32, invocation: String, is_repeat: bool },
    Failed { attempt: u32, error_type: String, message: String },
    Waiting { reason: String, times: u32 },
    Returned { items: u32 },
    Done { attempt: u32 },
    Dead { reason: String },
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        let (state, due) = match event.state {
            State::Pending { due } => ("pending", Some(due.iso8601())),
            State::Held => ("held", None),
            State::Done => ("done", None),
            State::Dead => ("dead", None),
        };
        Self {
            attempts: event.attempts(),
            id: event.id.to_string(),
            source: event.source,
            subject: event.subject,
            target: event.target.to_string(),
            region: event.region.to_string(),
            received: event.received.iso8601(),
            state,
            due,
            payload_bytes: event.payload_bytes,
            cause: event.cause.map(CauseView::from),
            parents: event.parents.iter().map(ToString::to_string).collect(),
            timeline: event.steps.into_iter().map(StepView::from).collect(),
        }
    }
}

impl From<Cause> for CauseView {
    fn from(cause: Cause) -> Self {
        Self {
            invocation: cause.invocation.to_string(),
            event: cause.event.map(|event| event.to_string()),
            function: cause.function.to_string(),
            chain: cause.chain.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<Step> for StepView {
    fn from(step: Step) -> Self {
        let what = match step.kind {
            StepKind::Received => What::Received,
            StepKind::Started { attempt, invocation, repeat } => {
                What::Started { attempt, invocation: invocation.to_string(), is_repeat: repeat }
            }
            StepKind::Failed { attempt, error_type, message } => {
                What::Failed { attempt, error_type, message }
            }
            StepKind::Waiting { reason, times } => What::Waiting { reason, times },
            StepKind::Handed { to, times } => What::Handed { to, times },
            StepKind::Returned { items } => What::Returned { items },
            StepKind::Done { attempt } => What::Done { attempt },
            StepKind::Dead { reason } => What::Dead { reason },
        };
        Self { time: step.time.iso8601(), what }
    }
}
