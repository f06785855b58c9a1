//! A bill beside what an always-on server would have cost.

use metering::{Grouping, Line, Prices};
use model::{AccountId, Internal, Time};
use serde::Serialize;

use super::money::MoneyView;
use crate::admin::Admin;
use crate::limits::ALWAYS_ON_LEAST;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BillView {
    pub prices: String,
    pub since: String,
    pub lines: Vec<LineView>,
    pub total: LineView,
    /// Absent when nothing was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always_on: Option<AlwaysOnView>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LineView {
    pub name: String,
    pub requests: u64,
    pub errors: u64,
    pub cold_starts: u64,
    pub billed_millis: u64,
    pub gb_seconds: f64,
    pub cpu_millis: u64,
    pub largest_memory_mib: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    pub cost: MoneyView,
}

/// A server with the memory of the largest function, from the first use to the last, an hour at least.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AlwaysOnView {
    pub memory_mib: u32,
    pub millis: u64,
    pub cost: MoneyView,
}

/// The bill of an account since a time. Reads every row of the ledger since then.
pub async fn bill(
    admin: &Admin,
    account: &AccountId,
    since: Time,
    grouping: Grouping,
) -> Result<BillView, Internal> {
    let bill = admin.ledger.bill(account, since, grouping, &admin.prices).await?;
    let total = bill.total(&admin.prices);
    Ok(BillView {
        prices: admin.prices.name.clone(),
        since: since.iso8601(),
        lines: bill.lines(&admin.prices).into_iter().map(LineView::from).collect(),
        always_on: always_on(&total, &admin.prices),
        total: total.into(),
    })
}

fn always_on(total: &Line, prices: &Prices) -> Option<AlwaysOnView> {
    let (first, last) = (total.first?, total.last?);
    let millis = last.since(first).max(ALWAYS_ON_LEAST).as_millis() as u64;
    let memory_mib = total.largest_memory_mib;
    Some(AlwaysOnView { memory_mib, millis, cost: prices.always_on(memory_mib, millis).into() })
}

impl From<Line> for LineView {
    fn from(line: Line) -> Self {
        Self {
            name: line.name,
            requests: line.requests,
            errors: line.errors,
            cold_starts: line.cold_starts,
            billed_millis: line.billed_ms,
            gb_seconds: line.gb_seconds,
            cpu_millis: line.cpu_ms,
            largest_memory_mib: line.largest_memory_mib,
            first: line.first.map(Time::iso8601),
            last: line.last.map(Time::iso8601),
            cost: line.cost.into(),
        }
    }
}
