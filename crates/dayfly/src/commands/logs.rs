//! `dayfly logs`: a function's log, as it was or as it grows.

use std::collections::HashMap;
use std::time::Duration;

use model::Time;
use serde_json::{Value, json};

use crate::arguments::Logs;
use crate::client::Client;
use crate::failed::Failed;
use crate::show::say;

/// How often a log is asked for news.
const EVERY: Duration = Duration::from_millis(500);

/// Lines may arrive this much later than they are dated: what is followed is read again as far back.
const LATE: Duration = Duration::from_secs(10);

pub async fn run(logs: &Logs) -> Result<(), Failed> {
    let client = Client::of(&logs.reach)?;
    let mut since = Time::now() - age(&logs.since)?;
    let mut seen = HashMap::new();
    let mut told = false;
    loop {
        if !page_through(&client, logs, since, &mut seen).await? && !told {
            nothing(&client, logs).await?;
            told = true;
        }
        if !logs.follow {
            return Ok(());
        }
        since = since.max(Time::now() - LATE);
        seen.retain(|_, time| *time >= since.as_millis());
        tokio::time::sleep(EVERY).await;
    }
}

/// Prints what is new from `since` on; whether there was a log at all.
async fn page_through(
    client: &Client,
    logs: &Logs,
    since: Time,
    seen: &mut HashMap<String, i64>,
) -> Result<bool, Failed> {
    let mut token = Value::Null;
    loop {
        let mut ask = json!({ "logGroupName": group(&logs.name), "startTime": since.as_millis() });
        if let Some(pattern) = &logs.filter {
            ask["filterPattern"] = json!(pattern);
        }
        if !token.is_null() {
            ask["nextToken"] = token;
        }
        let answer = match client.json("logs", "Logs_20140328.FilterLogEvents", &ask).await {
            Ok(answer) => answer,
            Err(error) if error.is(&["ResourceNotFoundException"]) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        for event in answer["events"].as_array().into_iter().flatten() {
            let id = event["eventId"].as_str().unwrap_or_default().to_owned();
            let time = event["timestamp"].as_i64().unwrap_or_default();
            if seen.insert(id, time).is_none() {
                print(event, logs.reach.json)?;
            }
        }
        token = answer["nextToken"].clone();
        if token.is_null() {
            return Ok(true);
        }
    }
}

fn group(name: &str) -> String {
    if name.starts_with('/') { name.to_owned() } else { format!("/aws/lambda/{name}") }
}

fn print(event: &Value, as_json: bool) -> Result<(), Failed> {
    if as_json {
        return say(event);
    }
    let time = Time::from_millis(event["timestamp"].as_i64().unwrap_or_default());
    say(format_args!("{}  {}", time.iso8601(), event["message"].as_str().unwrap_or_default().trim_end()))
}

/// A function that has not said anything is not one that is not there.
async fn nothing(client: &Client, logs: &Logs) -> Result<(), Failed> {
    let path = format!("/2015-03-31/functions/{}", wire::encoded(&logs.name));
    client.rest("lambda", http::Method::GET, &path, None).await?;
    if !logs.reach.json {
        eprintln!("{} has not said anything yet.", logs.name);
    }
    Ok(())
}

/// `90s`, `10m`, `2h`, `1d`.
fn age(text: &str) -> Result<Duration, Failed> {
    let unit = |letter| match letter {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3_600),
        'd' => Some(86_400),
        _ => None,
    };
    let seconds = text.chars().last().and_then(unit).and_then(|unit: u64| {
        let number: u64 = text[..text.len() - 1].parse().ok()?;
        number.checked_mul(unit)
    });
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| Failed::new(format!("an age is like 10m, 2h or 1d, not {text:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_a_number_and_a_unit() {
        assert_eq!(age("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(age("2h").unwrap(), Duration::from_secs(7_200));
        for text in ["", "h", "5", "1y", "-1h", "1é"] {
            assert!(age(text).is_err(), "{text}");
        }
    }
}
