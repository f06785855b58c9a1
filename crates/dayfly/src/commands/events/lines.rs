//! Events and their steps as lines for people.

use model::Time;
use serde_json::Value;

use crate::show;

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// `resize` of `arn:aws:lambda:us-east-1:000000000000:function:resize`, with or without a qualifier; of other ARNs the
/// resource.
pub fn function_of(arn: &str) -> &str {
    arn.split(':').nth(6).or_else(|| arn.split(':').nth(5)).unwrap_or(arn)
}

/// A row of the list.
pub fn row(event: &Value) -> Vec<String> {
    vec![
        text(event, "Received").get(..19).unwrap_or_default().replace('T', " "),
        text(event, "Id").to_owned(),
        text(event, "State").to_owned(),
        event["Attempts"].to_string(),
        function_of(text(event, "Target")).to_owned(),
        subject(event),
    ]
}

/// What happened, in a word or two: the object, or that it was a call.
fn subject(event: &Value) -> String {
    match text(event, "Subject") {
        "" => text(event, "Source").to_owned(),
        subject => subject.to_owned(),
    }
}

/// What a step says.
pub fn step(step: &Value) -> String {
    let attempt = &step["Attempt"];
    match text(step, "Step") {
        "Received" => "received, and on disk".to_owned(),
        "Started" if step["IsRepeat"] == true => format!("try {attempt} began; an earlier one was cut off"),
        "Started" => format!("try {attempt} began, request {}", text(step, "Invocation")),
        "Failed" => {
            let message = text(step, "Message").lines().next().unwrap_or_default();
            format!("try {attempt} failed: {}: {message}", text(step, "ErrorType"))
        }
        "Waiting" => format!("waits: {} ({} times)", text(step, "Reason"), step["Times"]),
        "Handed" => format!("taken by {} ({} times)", function_of(text(step, "To")), step["Times"]),
        "Returned" => format!("{} of its items go back to where they came from", step["Items"]),
        "Done" if *attempt == 0 => "done".to_owned(),
        "Done" => format!("done, at try {attempt}"),
        "Dead" => format!("dead: {}", text(step, "Reason")),
        other => other.to_owned(),
    }
}

/// A line of `--follow`. The tries of an event have its id for their request's.
pub fn followed(event: &Value, what: &Value) -> String {
    let time = Time::parse_iso8601(text(what, "Time")).unwrap_or_default();
    let id = text(event, "Id");
    let id = id.get(..8).unwrap_or(id);
    let target = function_of(text(event, "Target"));
    format!("{}  {id}  {} -> {target}: {}", show::clock(time), subject(event), step(what))
}

/// One event with its timeline, what handled it and what came of it.
pub fn timeline(answer: &Value) -> String {
    let event = &answer["Event"];
    let mut lines = vec![
        format!("event    {}", text(event, "Id")),
        format!(
            "what     {} ({}, {})",
            subject(event),
            text(event, "Source"),
            show::size(event["PayloadBytes"].as_u64().unwrap_or_default())
        ),
        format!("to       {}", text(event, "Target")),
        format!("state    {}", text(event, "State")),
    ];
    if let Some(due) = event["Due"].as_str() {
        lines.push(format!("next try {due}"));
    }
    if let Some(cause) = event["Cause"].as_object() {
        let caused = |name: &str| cause.get(name).and_then(Value::as_str).unwrap_or_default();
        lines.push(format!("cause    {} in {}", caused("Invocation"), function_of(caused("Function"))));
    }
    lines.push(String::new());
    for what in event["Timeline"].as_array().into_iter().flatten() {
        let time = Time::parse_iso8601(text(what, "Time")).unwrap_or_default();
        lines.push(format!("  {}  {}", time.iso8601(), step(what)));
    }
    consequences(answer, &mut lines);
    lines.join("\n")
}

fn consequences(answer: &Value, lines: &mut Vec<String>) {
    let invocations = answer["Invocations"].as_array().cloned().unwrap_or_default();
    if !invocations.is_empty() {
        lines.push(String::new());
        for invocation in &invocations {
            let cold = if invocation["IsCold"] == true { ", cold" } else { "" };
            lines.push(format!(
                "  ran      {} {}: {} ms billed{cold}, {}",
                function_of(text(invocation, "Function")),
                text(invocation, "Id"),
                invocation["BilledMillis"],
                text(invocation, "Outcome"),
            ));
        }
        lines.push(format!("  cost     {}", text(&answer["Cost"], "Exact")));
    }
    tree(answer, lines);
}

/// All that came out of the same beginning, where it is more than the one event.
fn tree(answer: &Value, lines: &mut Vec<String>) {
    let nodes = answer["Tree"].as_array().cloned().unwrap_or_default();
    if nodes.len() < 2 {
        return;
    }
    lines.extend([String::new(), "tree".to_owned()]);
    let known = |id: &Value| nodes.iter().any(|node| node["Event"]["Id"] == *id);
    let is_root =
        |node: &&Value| node["Event"]["Parents"].as_array().is_none_or(|parents| !parents.iter().any(known));
    for root in nodes.iter().filter(is_root) {
        branch(root, &nodes, &answer["Event"]["Id"], 1, lines);
    }
    lines.push(format!("  all of it costs {}", text(&answer["TreeCost"], "Exact")));
}

/// An event is a line, and below it stand those that came out of it.
fn branch(node: &Value, nodes: &[Value], asked: &Value, depth: usize, lines: &mut Vec<String>) {
    let event = &node["Event"];
    let mark = if event["Id"] == *asked { "  <- this one" } else { "" };
    let ran = node["Invocations"].as_array().map_or(0, Vec::len);
    let cost = if ran > 0 { format!(", {ran} ran, {}", text(&node["Cost"], "Exact")) } else { String::new() };
    lines.push(format!(
        "{}{} {} -> {} ({}{cost}){mark}",
        "  ".repeat(depth),
        text(event, "Id"),
        subject(event),
        function_of(text(event, "Target")),
        text(event, "State"),
    ));
    // An event of many parents, as a batch, stands below the first of them.
    let below = |other: &&Value| {
        let known = |id: &&Value| nodes.iter().any(|node| node["Event"]["Id"] == **id);
        let parents = other["Event"]["Parents"].as_array();
        parents.and_then(|parents| parents.iter().find(known)) == Some(&event["Id"])
    };
    for child in nodes.iter().filter(below) {
        branch(child, nodes, asked, depth + 1, lines);
    }
}
