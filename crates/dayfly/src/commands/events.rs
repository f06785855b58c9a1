//! `dayfly events`: where events are, what happened on their way, and what happens now.

mod follow;
mod lines;

use http::Method;
use serde_json::Value;

use crate::arguments::Events;
use crate::client::Client;
use crate::failed::Failed;
use crate::show::{self, say};

pub use follow::Follower;
pub use lines::{followed, timeline};

/// Events asked for in one request.
const PAGE: usize = 500;

pub async fn run(events: &Events) -> Result<(), Failed> {
    let client = Client::of(&events.reach)?;
    if events.follow {
        return follow(&client, events).await;
    }
    let found = list(&client, events).await?;
    if events.reach.json {
        found.iter().try_for_each(say)?;
    } else if found.is_empty() {
        say("There are no such events.")?;
    } else {
        let rows: Vec<Vec<String>> = found.iter().map(lines::row).collect();
        say(show::table(&["received", "id", "state", "tries", "to", "what"], &rows))?;
    }
    Ok(())
}

/// The events that were asked for, newest first.
async fn list(client: &Client, events: &Events) -> Result<Vec<Value>, Failed> {
    let mut query = String::new();
    for (name, value) in [("function", &events.function), ("state", &events.state)] {
        if let Some(value) = value {
            query.push_str(&format!("&{name}={}", wire::encoded(value)));
        }
    }
    let (mut found, mut after) = (Vec::new(), String::new());
    while found.len() < events.limit {
        let limit = PAGE.min(events.limit - found.len());
        let target = format!("/_dayfly/v1/events?limit={limit}{query}{after}");
        let page = client.rest("dayfly", Method::GET, &target, None).await?;
        found.extend(page["Events"].as_array().cloned().unwrap_or_default());
        match page["NextAfter"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    Ok(found)
}

/// Prints every step from now on, until the command is ended.
async fn follow(client: &Client, events: &Events) -> Result<(), Failed> {
    let mut follower = Follower::from_now(client).await?;
    loop {
        for (event, step) in follower.next(client).await? {
            let target = event["Target"].as_str().unwrap_or_default();
            let function = events.function.as_deref();
            if function.is_some_and(|function| lines::function_of(target) != function) {
                continue;
            }
            if events.state.as_deref().is_some_and(|state| event["State"] != state) {
                continue;
            }
            if events.reach.json {
                say(
                    serde_json::json!({ "Id": event["Id"], "Subject": event["Subject"], "Target": target, "Step": step }),
                )?;
            } else {
                say(lines::followed(&event, &step))?;
            }
        }
    }
}
