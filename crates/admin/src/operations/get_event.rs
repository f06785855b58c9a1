//! `GetEvent`: where an event is, what happened on its way, and what it brought about.

use async_trait::async_trait;
use delivery::Event;
use model::{EventId, Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::admin::Admin;
use crate::faults;
use crate::views::{self, EventView, InvocationView, MoneyView};

pub struct GetEvent;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    event: EventView,
    /// Those that handled it, and what they called.
    invocations: Vec<InvocationView>,
    /// Of these invocations.
    cost: MoneyView,
    caused_events: Vec<EventView>,
    /// Whether all of both lists was found: each looks through so much and no more.
    is_complete: bool,
}

#[async_trait]
impl Operation for GetEvent {
    type Face = Admin;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "GetEvent";

    async fn permissions(_: &Admin, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("dayfly:GetEvent", "*")])
    }

    async fn run(admin: &Admin, call: &Call, input: Input) -> Result<Output, Failure> {
        let event = find(admin, call, &input.id).await?;
        let (invocations, cost, all_invocations) = views::of_event(admin, &event).await?;
        let (caused, all_events) = admin.delivery.caused_by(&event).await?;
        Ok(Output {
            event: event.into(),
            invocations,
            cost,
            caused_events: caused.into_iter().map(EventView::from).collect(),
            is_complete: all_invocations && all_events,
        })
    }
}

async fn find(admin: &Admin, call: &Call, text: &str) -> Result<Event, Failure> {
    let missing = || faults::no_such_event(text);
    let id: EventId = text.parse().map_err(|_| missing())?;
    let event = admin.delivery.event(id).await?.filter(|event| event.account == call.caller.account);
    Ok(event.ok_or_else(missing)?)
}
