//! `dayfly bill`: what was used, what it costs, and what an always-on machine would have cost.

use http::Method;
use model::Time;
use serde_json::Value;

use crate::arguments::{Bill, By};
use crate::client::Client;
use crate::failed::Failed;
use crate::show::{self, say};

pub async fn run(bill: &Bill) -> Result<(), Failed> {
    let client = Client::of(&bill.reach)?;
    let since = match &bill.since {
        Some(since) => since.clone(),
        None => Time::now().format("%Y-%m-01"),
    };
    let document = read(&client, bill.by, &since).await?;
    if bill.reach.json {
        say(document)?;
    } else {
        say(shown(&document, bill.by))?;
    }
    Ok(())
}

/// The bill since a day.
pub async fn read(client: &Client, by: By, since: &str) -> Result<Value, Failed> {
    let by = match by {
        By::Function => "function",
        By::Day => "day",
    };
    let target = format!("/_dayfly/v1/bill?by={by}&since={}", wire::encoded(since));
    Ok(client.rest("dayfly", Method::GET, &target, None).await?)
}

/// The bill as a table, with the comparison under it.
pub fn shown(bill: &Value, by: By) -> String {
    let lines = bill["Lines"].as_array().cloned().unwrap_or_default();
    if lines.is_empty() {
        return "Nothing was used, so nothing is to be paid.".to_owned();
    }
    let first = match by {
        By::Function => "function",
        By::Day => "day",
    };
    let titles = [first, "requests", "errors", "cold", "billed", "GB-seconds", "cost"];
    let mut rows: Vec<Vec<String>> = lines.iter().map(row).collect();
    rows.push(row(&bill["Total"]));
    let mut text = show::table(&titles, &rows);
    if let Some(always_on) = bill["AlwaysOn"].as_object() {
        let hours = always_on["Millis"].as_f64().unwrap_or_default() / 3_600_000.0;
        text.push_str(&format!(
            "\n\nAn always-on machine of {} MB for {hours:.1} h, from the first request to the last and an hour at least: {}",
            always_on["MemoryMib"],
            dollars(&always_on["Cost"]),
        ));
        text.push_str(&times(&bill["Total"]["Cost"], &always_on["Cost"]));
    }
    text.push_str(&format!("\nPrices: {}", bill["Prices"].as_str().unwrap_or_default()));
    text
}

fn row(line: &Value) -> Vec<String> {
    vec![
        line["Name"].as_str().unwrap_or_default().to_owned(),
        line["Requests"].to_string(),
        line["Errors"].to_string(),
        line["ColdStarts"].to_string(),
        format!("{} ms", line["BilledMillis"]),
        format!("{:.6}", line["GbSeconds"].as_f64().unwrap_or_default()),
        line["Cost"]["Exact"].as_str().unwrap_or_default().to_owned(),
    ]
}

fn dollars(money: &Value) -> String {
    format!("${:.6}", money["Dollars"].as_f64().unwrap_or_default())
}

/// How many times more the machine costs, where it does.
fn times(used: &Value, always_on: &Value) -> String {
    let (Some(used), Some(always_on)) = (used["Dollars"].as_f64(), always_on["Dollars"].as_f64()) else {
        return String::new();
    };
    if used > 0.0 && always_on > used {
        format!(", {:.0} times as much", always_on / used)
    } else {
        String::new()
    }
}
