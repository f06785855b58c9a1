//! Invocations that handled an event, and those that they brought about: rows of the ledger.

use std::collections::HashSet;
use std::ops::ControlFlow;

use delivery::{Event, State};
use metering::{Bill, Grouping, Outcome, Used};
use model::{Internal, InvocationId};
use serde::Serialize;

use super::money::MoneyView;
use crate::admin::Admin;
use crate::limits::LINEAGE_ROWS;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvocationView {
    id: String,
    function: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    caused_by: Option<String>,
    started: String,
    is_cold: bool,
    duration_millis: f64,
    billed_millis: u64,
    memory_mib: u32,
    peak_memory_bytes: u64,
    /// `returned`, or the type of the error.
    outcome: String,
}

impl From<Used> for InvocationView {
    fn from(used: Used) -> Self {
        Self {
            id: used.invocation.to_string(),
            function: used.function.to_string(),
            version: used.version,
            caused_by: used.caused_by.map(|cause| cause.to_string()),
            started: used.started.iso8601(),
            is_cold: used.init_us.is_some(),
            duration_millis: used.duration_us as f64 / 1000.0,
            billed_millis: used.billed_ms,
            memory_mib: used.memory_mib,
            peak_memory_bytes: used.peak_memory_bytes,
            outcome: match used.outcome {
                Outcome::Returned => "returned".to_owned(),
                Outcome::Failed(error_type) => error_type,
            },
        }
    }
}

/// What handled an event and what that called, in order of time; what all of it costs; and whether it is all.
/// Reads the ledger over the time of the event, some hundred thousand rows at most: it has no index by event.
pub async fn of_event(
    admin: &Admin,
    event: &Event,
) -> Result<(Vec<InvocationView>, MoneyView, bool), Internal> {
    let until = match event.state {
        State::Pending { .. } => None,
        State::Done | State::Dead => event.steps.last().map(|step| step.time),
    };
    // Every try of an event runs under the event's own id.
    let mut known: HashSet<InvocationId> = HashSet::from([event.id.into()]);
    let (mut found, mut bill, mut seen) = (Vec::new(), Bill::default(), 0);
    let free = admin.prices.ephemeral_free_mib;
    let take = |used: Used| {
        seen += 1;
        if seen > LINEAGE_ROWS || until.is_some_and(|until| used.started > until) {
            return ControlFlow::Break(());
        }
        let is_called = used.caused_by.is_some_and(|cause| known.contains(&cause));
        let is_of_it = is_called || known.contains(&used.invocation);
        if is_of_it {
            known.insert(used.invocation);
            bill.add(&used, Grouping::Function, free);
            found.push(InvocationView::from(used));
        }
        ControlFlow::Continue(())
    };
    admin.ledger.read_while(&event.account, event.received, take).await?;
    Ok((found, bill.total(&admin.prices).cost.into(), seen <= LINEAGE_ROWS))
}
