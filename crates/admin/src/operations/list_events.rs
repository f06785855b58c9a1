//! `ListEvents`: events, newest first, page by page; or, with `wait`, those that have changed, as soon as some have.

use std::time::Duration;

use async_trait::async_trait;
use delivery::{Event, State};
use model::{Failure, Fault, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};
use store::{Key, Revision};

use crate::admin::Admin;
use crate::views::EventView;
use crate::{faults, limits};

pub struct ListEvents;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    /// The name of a function, or its ARN.
    function: Option<String>,
    /// `pending`, `held`, `done` or `dead`.
    state: Option<String>,
    limit: Option<usize>,
    /// `NextAfter` of the page before.
    after: Option<String>,
    /// Seconds; makes this a question about changes.
    wait: Option<u64>,
    /// `Cursor` of the answer before.
    since: Option<Revision>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    events: Vec<EventView>,
    /// While there may be more, also when this page is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_after: Option<String>,
    /// Of an answer about changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<Revision>,
}

#[async_trait]
impl Operation for ListEvents {
    type Face = Admin;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListEvents";

    async fn permissions(_: &Admin, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("dayfly:ListEvents", "*")])
    }

    async fn run(admin: &Admin, call: &Call, input: Input) -> Result<Output, Failure> {
        check(&input)?;
        let filter = Filter { function: input.function, state: input.state };
        match input.wait {
            Some(seconds) => {
                let wait = Duration::from_secs(seconds);
                follow(admin, call, &filter, input.since.unwrap_or(0), wait).await
            }
            None => {
                let limit = input.limit.unwrap_or(limits::EVENTS_PAGE_DEFAULT);
                let after = input.after.map(|after| read_place(&after)).transpose()?;
                list(admin, call, &filter, after, limit).await
            }
        }
    }
}

fn check(input: &Input) -> Result<(), Fault> {
    let fail = |message: String| Err(faults::invalid_parameter(message));
    let (most, longest) = (limits::EVENTS_PAGE, limits::WAIT_SECONDS);
    if input.state.as_deref().is_some_and(|state| !["pending", "held", "done", "dead"].contains(&state)) {
        return fail("The state of an event is pending, held, done or dead.".to_owned());
    }
    if input.limit.is_some_and(|limit| !(1..=most).contains(&limit)) {
        return fail(format!("The limit is from 1 to {most}."));
    }
    if input.wait.is_some_and(|seconds| seconds > longest) {
        return fail(format!("The wait is {longest} seconds at most."));
    }
    if input.wait.is_some() && (input.after.is_some() || input.limit.is_some()) {
        return fail("Changes are told whole: wait goes with neither after nor limit.".to_owned());
    }
    if input.wait.is_none() && input.since.is_some() {
        return fail("The parameter since goes with wait.".to_owned());
    }
    Ok(())
}

struct Filter {
    function: Option<String>,
    state: Option<String>,
}

impl Filter {
    fn wants(&self, event: &Event) -> bool {
        let state = match event.state {
            State::Pending { .. } => "pending",
            State::Held => "held",
            State::Done => "done",
            State::Dead => "dead",
        };
        self.state.as_deref().is_none_or(|wanted| wanted == state)
            && self.function.as_deref().is_none_or(|wanted| is_for(event, wanted))
    }
}

/// Whether an event goes to this function, whatever the qualifier.
fn is_for(event: &Event, function: &str) -> bool {
    let target = &event.target;
    let name = target.resource.strip_prefix("function:").unwrap_or(&target.resource);
    name.split(':').next() == Some(function) || target.to_string().split(':').take(7).eq(function.split(':'))
}

async fn list(
    admin: &Admin,
    call: &Call,
    filter: &Filter,
    after: Option<Key>,
    limit: usize,
) -> Result<Output, Failure> {
    let wanted = |event: &Event| filter.wants(event);
    let (events, next) = admin.delivery.find(&call.caller.account, after, limit, wanted).await?;
    Ok(Output {
        events: events.into_iter().map(EventView::from).collect(),
        next_after: next.map(|place| hex::encode(place.as_bytes())),
        cursor: None,
    })
}

async fn follow(
    admin: &Admin,
    call: &Call,
    filter: &Filter,
    mut since: Revision,
    wait: Duration,
) -> Result<Output, Failure> {
    // Before the first look: what changes from here on wakes.
    let watch = admin.delivery.watch();
    let until = admin.clock.now() + wait;
    loop {
        let (mut events, cursor) = admin.delivery.changed(&call.caller.account, since).await?;
        events.retain(|event| filter.wants(event));
        if !events.is_empty() || admin.clock.now() >= until || admin.tasks.is_stopping() {
            let events = events.into_iter().map(EventView::from).collect();
            return Ok(Output { events, next_after: None, cursor: Some(cursor) });
        }
        since = cursor;
        tokio::select! {
            () = watch.changed() => {
                let gathered = (admin.clock.now() + limits::GATHER).min(until);
                admin.clock.sleep_until(gathered).await;
            }
            () = admin.clock.sleep_until(until) => {}
            () = admin.tasks.stopping() => {}
        }
    }
}

fn read_place(text: &str) -> Result<Key, Fault> {
    let bytes = hex::decode(text)
        .map_err(|_| faults::invalid_parameter("The parameter after is not one of ours."))?;
    Ok(Key::from_bytes(bytes))
}
