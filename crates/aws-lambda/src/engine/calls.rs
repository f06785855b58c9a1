//! Running one call of a function, from the ask to the ledger's row.

use bytes::Bytes;
use delivery::NewEvent;
use dispatch::{Entered, Refused};
use metering::Used;
use model::{Cause, EventId, Internal, InvocationId, Time};
use registry::{Tracing, Version};
use sandbox::{Ended, Sink, Work};
use store::CommitError;
use uuid::Uuid;

use super::{Engine, Found, launches::launch_key, lineage, usage};

/// A call that is to be run.
pub struct Ask {
    pub found: Found,
    /// As the caller named it.
    pub invoked_arn: String,
    pub invocation: InvocationId,
    pub payload: Bytes,
    pub client_context: Option<String>,
    pub trace_id: String,
    /// The event that the call handles.
    pub event: Option<EventId>,
    /// The roots of that event's tree; empty where there is none.
    pub roots: Vec<EventId>,
    /// What brought the call about.
    pub cause: Option<Cause>,
}

/// A call that reached the function.
pub struct Call {
    pub ended: Ended,
    pub used: Used,
}

/// Why a call did not reach the function.
#[derive(Debug)]
pub enum NotRun {
    Loops(String),
    /// The function, or its version, was removed meanwhile.
    Removed,
    Throttled(&'static str),
    Internal(Internal),
}

impl Engine {
    pub async fn call(&self, ask: Ask) -> Result<Call, NotRun> {
        self.call_into(ask, None).await
    }

    /// The same; a response that comes in pieces goes into the sink.
    pub(super) async fn call_into(&self, ask: Ask, sink: Option<Sink>) -> Result<Call, NotRun> {
        let Ask { invocation, event, payload, .. } = ask;
        let (found, entered) = self.enter(ask.found).await?;
        let (arn, allowed) = (found.function.key().arn(), found.function.recursive_loop);
        let cause = lineage::next(invocation, event, ask.roots, arn, ask.cause.as_ref(), allowed).map_err(
            |loops| {
                tracing::error!(function = %loops.function, %invocation, "a recursive loop was stopped");
                NotRun::Loops(loops.to_string())
            },
        )?;
        let launch = self.launch(&found).await.map_err(NotRun::Internal)?;
        let request_bytes = payload.len() as u64;
        let work = Work {
            invocation,
            payload,
            invoked_arn: ask.invoked_arn,
            client_context: ask.client_context,
            trace_id: ask.trace_id,
            cause,
            sink: sink.clone(),
        };
        let ended = entered.run(launch, work).await.map_err(|refused| match refused {
            Refused::Throttled { reason } => NotRun::Throttled(reason),
            Refused::Internal(internal) => NotRun::Internal(internal),
        })?;
        let caused_by = ask.cause.map(|cause| cause.invocation);
        let mut used = usage::used(found.version(), &ended, invocation, event, caused_by, request_bytes);
        used.response_bytes += sink.map_or(0, |sink| sink.passed());
        Ok(Call { ended, used })
    }

    /// The version at a revision whose code stays until the call has ended.
    async fn enter(&self, mut found: Found) -> Result<(Found, Entered), NotRun> {
        loop {
            let entered = self.parts.dispatch.enter(launch_key(found.version(), &found.function.tags));
            // It may have been replaced, and its code taken away, between the caller's look and our entering.
            match self.again(&found).await.map_err(NotRun::Internal)? {
                Some(now) if now.runs_as(&found) => return Ok((now, entered)),
                Some(now) => found = now,
                None => return Err(NotRun::Removed),
            }
        }
    }

    /// Accepts an event for a function. It is on disk when this returns.
    pub async fn accept(&self, event: NewEvent) -> Result<(), Internal> {
        let (_, rows) = self.parts.delivery.accept(event)?;
        self.parts.table.commit(rows).await.map(drop).map_err(CommitError::unexpected)
    }
}

/// A trace id for a call that came without one. Source: X-Ray developer guide, "Tracing header".
pub fn trace_id(version: &Version, now: Time) -> String {
    let (root, parent) = (Uuid::new_v4().simple().to_string(), Uuid::new_v4().simple().to_string());
    let sampled = u8::from(version.configuration.tracing == Tracing::Active);
    let seconds = now.as_millis() / 1000;
    format!("Root=1-{seconds:08x}-{};Parent={};Sampled={sampled}", &root[..24], &parent[..16])
}
