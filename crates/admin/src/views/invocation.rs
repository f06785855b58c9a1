//! Invocations that handled an event, and those that they brought about: rows of the ledger.

use std::collections::HashMap;
use std::ops::ControlFlow;

use delivery::{Event, State};
use metering::{Bill, Grouping, Outcome, Used};
use model::{AccountId, Internal, InvocationId, Time};
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

/// What handled an event and what that called, in order of time, and what it costs.
pub struct Handling {
    pub invocations: Vec<InvocationView>,
    pub cost: MoneyView,
}

/// That of each of these events, in their order; what all of it costs; and whether it is all.
/// Reads the ledger over the time of the events, some hundred thousand rows at most: it has no index by event.
pub async fn of_events(
    admin: &Admin,
    account: &AccountId,
    events: &[Event],
) -> Result<(Vec<Handling>, MoneyView, bool), Internal> {
    let until = ended(events);
    // Every try of an event runs under the event's own id.
    let mut known: HashMap<InvocationId, usize> =
        events.iter().enumerate().map(|(place, event)| (event.id.into(), place)).collect();
    let mut found: Vec<(Vec<InvocationView>, Bill)> = events.iter().map(|_| Default::default()).collect();
    let (mut all, mut seen) = (Bill::default(), 0);
    let free = admin.prices.ephemeral_free_mib;
    let take = |used: Used| {
        seen += 1;
        if seen > LINEAGE_ROWS || until.is_some_and(|until| used.started > until) {
            return ControlFlow::Break(());
        }
        let called = used.caused_by.and_then(|cause| known.get(&cause));
        let place = known.get(&used.invocation).or(called).copied();
        if let Some((place, (invocations, bill))) =
            place.and_then(|place| Some((place, found.get_mut(place)?)))
        {
            known.insert(used.invocation, place);
            bill.add(&used, Grouping::Function, free);
            all.add(&used, Grouping::Function, free);
            invocations.push(InvocationView::from(used));
        }
        ControlFlow::Continue(())
    };
    if let Some(from) = events.iter().map(|event| event.received).min() {
        admin.ledger.read_while(account, from, take).await?;
    }
    let handlings = found
        .into_iter()
        .map(|(invocations, bill)| Handling { invocations, cost: bill.total(&admin.prices).cost.into() });
    Ok((handlings.collect(), all.total(&admin.prices).cost.into(), seen <= LINEAGE_ROWS))
}

/// When the last of them was over; `None` while one is not.
fn ended(events: &[Event]) -> Option<Time> {
    let ends = events.iter().map(|event| match event.state {
        State::Pending { .. } | State::Held => None,
        State::Done | State::Dead => event.steps.last().map(|step| step.time),
    });
    ends.collect::<Option<Vec<Time>>>()?.into_iter().max()
}
