//! The page, section by section. Everything that is shown is escaped where it is put in.

use maud::{DOCTYPE, Markup, html};
use model::{AccountId, Region, Time};
use registry::{Function, State};

use crate::limits::CONSOLE_ROWS;
use crate::views::{BillView, EventView, InstanceView, SlowStartView};

/// Seconds after which a browser asks again.
const REFRESH: u32 = 5;

/// What the page tells.
pub struct Shown {
    pub version: &'static str,
    pub now: Time,
    pub started: Time,
    pub account: AccountId,
    pub region: Region,
    /// One more than are shown, when there are more.
    pub functions: Vec<Function>,
    pub instances: Vec<InstanceView>,
    pub slow_starts: Vec<SlowStartView>,
    pub events: Vec<EventView>,
    /// Of this month.
    pub bill: BillView,
}

pub fn render(shown: &Shown) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="refresh" content=(REFRESH);
                title { "Dayfly" }
                link rel="stylesheet" href="/console.css";
            }
            body {
                (header(shown))
                main {
                    (instances(&shown.instances))
                    (functions(&shown.functions, &shown.slow_starts))
                    (events(&shown.events))
                    (bill(&shown.bill))
                }
            }
        }
    }
}

fn header(shown: &Shown) -> Markup {
    let minutes = shown.now.since(shown.started).as_secs() / 60;
    html! {
        header {
            h1 { "Dayfly " (shown.version) }
            p {
                "account " (shown.account) " · " (shown.region) " · up "
                (minutes / 60) " h " (minutes % 60) " min · " (shown.now.iso8601_seconds())
            }
        }
    }
}

fn instances(instances: &[InstanceView]) -> Markup {
    let busy = instances.iter().filter(|instance| instance.state == "busy").count();
    html! {
        section {
            h2 { "What runs" }
            p { (busy) " busy, " (instances.len() - busy) " idle" }
            @if !instances.is_empty() {
                table {
                    tr { th { "function" } th { "state" } th.number { "calls" } th.number { "MiB" } th { "started" } }
                    @for instance in instances.iter().take(CONSOLE_ROWS) {
                        tr {
                            td { (instance.function_name) }
                            td { (instance.state) }
                            td.number { (instance.calls) }
                            td.number { (instance.memory_mib) }
                            td { (instance.started) }
                        }
                    }
                }
            }
        }
    }
}

fn functions(functions: &[Function], slow_starts: &[SlowStartView]) -> Markup {
    let more = functions.len() > CONSOLE_ROWS;
    let count = functions.len().min(CONSOLE_ROWS);
    html! {
        section {
            h2 { "Functions" }
            p { @if more { "more than " } (count) }
            @if count > 0 {
                table {
                    tr { th { "name" } th { "runtime" } th.number { "MiB" } th { "state" } th { "changed" } th { "starts" } }
                    @for function in &functions[..count] {
                        tr {
                            td { (function.key().name) }
                            td { (function.latest.configuration.runtime) }
                            td.number { (function.latest.configuration.memory_mib) }
                            td { (state(&function.latest.state)) }
                            td { (function.latest.last_modified.iso8601_seconds()) }
                            td { (starts(function, slow_starts)) }
                        }
                    }
                }
            }
        }
    }
}

/// Why it starts slower than it could, where it does.
fn starts(function: &Function, slow_starts: &[SlowStartView]) -> String {
    let arn = function.key().arn().to_string();
    let reason = slow_starts.iter().find(|slow| slow.function_arn == arn).map(|slow| slow.reason.clone());
    reason.unwrap_or_default()
}

fn state(state: &State) -> Markup {
    html! {
        @match state {
            State::Pending => { "pending" }
            State::Active { note: None } => { "active" }
            State::Active { note: Some(note) } => { "active: " (note) }
            State::Failed { reason, .. } => { span.dead { "failed: " (reason) } }
        }
    }
}

fn events(events: &[EventView]) -> Markup {
    html! {
        section {
            h2 { "Last events" }
            @if events.is_empty() {
                p { "none" }
            } @else {
                table {
                    tr { th { "received" } th { "source" } th { "subject" } th { "target" } th { "state" } th.number { "tries" } }
                    @for event in events {
                        tr title=(event.id) {
                            td { (event.received) }
                            td { (event.source) }
                            td { (event.subject) }
                            td { (event.target) }
                            td class=(event.state) { (event.state) }
                            td.number { (event.attempts) }
                        }
                    }
                }
            }
        }
    }
}

fn bill(bill: &BillView) -> Markup {
    html! {
        section {
            h2 { "This month" }
            p {
                strong { (bill.total.cost.exact) } " for " (bill.total.requests) " calls, "
                (bill.total.billed_millis) " ms"
                @if let Some(server) = &bill.always_on {
                    "; a server of " (server.memory_mib) " MiB would have cost " (server.cost.exact)
                }
            }
            p.small { "Prices: " (bill.prices) }
        }
    }
}
