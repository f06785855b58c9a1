//! `dayfly event ID`: where an event is, each step of its way, what handled it and what came of it.

use http::Method;

use super::events;
use crate::arguments::Event;
use crate::client::Client;
use crate::failed::Failed;
use crate::show::say;

pub async fn run(event: &Event) -> Result<(), Failed> {
    let client = Client::of(&event.reach)?;
    let target = format!("/_dayfly/v1/events/{}", wire::encoded(&event.id));
    let answer = client.rest("dayfly", Method::GET, &target, None).await?;
    if event.reach.json { say(answer) } else { say(events::timeline(&answer)) }
}
