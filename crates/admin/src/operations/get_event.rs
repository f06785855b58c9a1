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
    /// All events that came out of the same beginning, oldest first, itself among them.
    tree: Vec<NodeView>,
    /// Of all invocations of the tree.
    tree_cost: MoneyView,
    /// Whether all of the tree and its invocations was found: each looks through so much and no more.
    is_complete: bool,
}

/// An event of a tree, which names its parents.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NodeView {
    event: EventView,
    invocations: Vec<InvocationView>,
    cost: MoneyView,
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
        let (tree, all_events) = admin.delivery.tree(&event).await?;
        let (handlings, tree_cost, all_invocations) =
            views::of_events(admin, &call.caller.account, &tree).await?;
        let own = tree.iter().position(|other| other.id == event.id);
        let caused = tree.iter().filter(|other| other.parents.contains(&event.id));
        let caused_events = caused.cloned().map(EventView::from).collect();
        let nodes = tree.into_iter().zip(handlings).map(|(event, handling)| NodeView {
            event: event.into(),
            invocations: handling.invocations,
            cost: handling.cost,
        });
        let tree: Vec<NodeView> = nodes.collect();
        let own = own.and_then(|place| tree.get(place)).ok_or_else(|| faults::no_such_event(&input.id))?;
        Ok(Output {
            event: event.into(),
            invocations: own.invocations.clone(),
            cost: own.cost.clone(),
            caused_events,
            tree,
            tree_cost,
            is_complete: all_invocations && all_events,
        })
    }
}

/// The event of an id, which is that of its message or its request too; or the newest one of what it happened to, as
/// in `s3://photos/a.jpg`.
pub async fn find(admin: &Admin, call: &Call, text: &str) -> Result<Event, Failure> {
    let account = &call.caller.account;
    let found = match text.parse::<EventId>() {
        Ok(id) => admin.delivery.event(id).await?.filter(|event| event.account == *account),
        Err(_) => {
            let (found, _) = admin.delivery.find(account, None, 1, |event| event.subject == text).await?;
            found.into_iter().next()
        }
    };
    Ok(found.ok_or_else(|| faults::no_such_event(text))?)
}
