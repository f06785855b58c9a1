//! A function's log, as far as it is about one event.

use std::time::Duration;

use serde_json::{Value, json};

use super::story::FUNCTION;
use crate::client::Client;
use crate::failed::Failed;

/// Lines are written down a moment after they were said: so often the log is asked, every tenth of a second.
const LOOKS: u32 = 50;

/// The lines of the first try of an event: all its tries have its id.
pub async fn of_first_try(client: &Client, id: &str) -> Result<Vec<String>, Failed> {
    for _ in 0..LOOKS {
        let ask = json!({ "logGroupName": format!("/aws/lambda/{FUNCTION}"), "limit": 10_000 });
        let answer = client.json("logs", "Logs_20140328.FilterLogEvents", &ask).await?;
        let lines = answer["events"].as_array().map(Vec::as_slice).unwrap_or_default();
        if let Some(found) = find(lines, id) {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(vec![])
}

/// From START to REPORT, in the stream that START is in: other instances write at the same time.
fn find(lines: &[Value], id: &str) -> Option<Vec<String>> {
    let says = |line: &Value, what: &str| {
        line["message"].as_str().is_some_and(|text| text.starts_with(what) && text.contains(id))
    };
    let begin = lines.iter().position(|line| says(line, "START"))?;
    let stream = &lines[begin]["logStreamName"];
    let own: Vec<&Value> = lines[begin..].iter().filter(|line| line["logStreamName"] == *stream).collect();
    let end = own.iter().position(|line| says(line, "REPORT"))?;
    let texts = own[..=end].iter().filter_map(|line| line["message"].as_str());
    Some(texts.flat_map(|text| text.trim_end().lines()).map(str::to_owned).collect())
}
