//! `dayfly outbox`: mails and text messages that topics sent, which no one but the developer reads.

use http::Method;

use crate::arguments::Outbox;
use crate::client::Client;
use crate::failed::Failed;
use crate::show::{self, say};

pub async fn run(outbox: &Outbox) -> Result<(), Failed> {
    let client = Client::of(&outbox.reach)?;
    let target = format!("/_dayfly/v1/outbox?limit={}", outbox.limit);
    let answer = client.rest("dayfly", Method::GET, &target, None).await?;
    let all = answer["Outbox"].as_array().cloned().unwrap_or_default();
    if outbox.reach.json {
        return all.iter().try_for_each(say);
    }
    if all.is_empty() {
        return say("Nothing was sent to anybody.");
    }
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let row = |one: &serde_json::Value| {
        let body = text(&one["Body"]).lines().next().unwrap_or_default().to_owned();
        vec![text(&one["Time"]), text(&one["Protocol"]), text(&one["To"]), text(&one["Subject"]), body]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    say(show::table(&["time", "by", "to", "subject", "text"], &rows))
}
