//! What happens to events, step by step, as it happens.

use std::collections::HashMap;

use http::Method;
use serde_json::Value;

use crate::client::Client;
use crate::failed::Failed;

/// How long the platform waits for something to happen before it answers that nothing did, in seconds.
const WAIT: u64 = 20;

/// Timelines that are remembered: of more, the ended ones are forgotten.
const REMEMBERED: usize = 10_000;

/// Asks for changes and knows which steps were told already.
pub struct Follower {
    cursor: u64,
    /// How many steps of each event were told.
    told: HashMap<String, usize>,
}

impl Follower {
    /// What happens from now on.
    pub async fn from_now(client: &Client) -> Result<Self, Failed> {
        let mut follower = Self { cursor: 0, told: HashMap::new() };
        follower.ask(client, 0).await?;
        Ok(follower)
    }

    /// New steps in their order in each event, each with its event; none when nothing happened for a while.
    pub async fn next(&mut self, client: &Client) -> Result<Vec<(Value, Value)>, Failed> {
        self.ask(client, WAIT).await
    }

    async fn ask(&mut self, client: &Client, wait: u64) -> Result<Vec<(Value, Value)>, Failed> {
        let target = format!("/_dayfly/v1/events?wait={wait}&since={}", self.cursor);
        let answer = client.rest("dayfly", Method::GET, &target, None).await?;
        self.cursor = answer["Cursor"].as_u64().unwrap_or(self.cursor);
        let mut steps = Vec::new();
        for event in answer["Events"].as_array().into_iter().flatten() {
            self.take(event, &mut steps);
        }
        steps.sort_by(|(_, one), (_, other)| one["Time"].as_str().cmp(&other["Time"].as_str()));
        Ok(steps)
    }

    fn take(&mut self, event: &Value, steps: &mut Vec<(Value, Value)>) {
        let timeline = event["Timeline"].as_array().map(Vec::as_slice).unwrap_or_default();
        let id = event["Id"].as_str().unwrap_or_default();
        let told = self.told.get(id).copied().unwrap_or(0);
        // Waits in a row are one step that changes: it is told each time.
        let from = if told == timeline.len() { told.saturating_sub(1) } else { told };
        steps.extend(timeline[from.min(timeline.len())..].iter().map(|step| (event.clone(), step.clone())));
        self.told.insert(id.to_owned(), timeline.len());
        if event["State"] != "pending" && self.told.len() > REMEMBERED {
            self.told.remove(id);
        }
    }
}
