//! `dayfly ls`: functions, and with `--verbose` the instances that run or wait.

use http::Method;
use model::Time;
use serde_json::{Value, json};

use crate::arguments::Ls;
use crate::client::Client;
use crate::failed::Failed;
use crate::show::{self, say};

pub async fn run(ls: &Ls) -> Result<(), Failed> {
    let client = Client::of(&ls.reach)?;
    let functions = functions(&client).await?;
    let fleet = client.rest("dayfly", Method::GET, "/_dayfly/v1/fleet", None).await?;
    let instances = fleet["Instances"].as_array().cloned().unwrap_or_default();
    if ls.reach.json {
        let slow = &fleet["SlowStarts"];
        say(json!({ "Functions": functions, "Instances": instances, "SlowStarts": slow }))?;
        return Ok(());
    }
    if functions.is_empty() {
        say("There is no function yet. Make one with: dayfly deploy DIR")?;
        return Ok(());
    }
    let titles = ["function", "runtime", "memory", "timeout", "state", "instances", "modified"];
    let rows: Vec<Vec<String>> = functions.iter().map(|function| row(function, &instances)).collect();
    say(show::table(&titles, &rows))?;
    for function in &functions {
        for url in function["FunctionUrls"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            say(format_args!("{}: {url}", text(function, "FunctionName")))?;
        }
    }
    if ls.verbose {
        verbose(&functions, &instances, &fleet["SlowStarts"])?;
    }
    Ok(())
}

async fn functions(client: &Client) -> Result<Vec<Value>, Failed> {
    let (mut functions, mut marker) = (Vec::new(), String::new());
    loop {
        let target = format!("/2015-03-31/functions{marker}");
        let page = client.rest("lambda", Method::GET, &target, None).await?;
        for listed in page["Functions"].as_array().into_iter().flatten() {
            functions.extend(described(client, text(listed, "FunctionName")).await?);
        }
        match page["NextMarker"].as_str() {
            Some(next) => marker = format!("?Marker={}", wire::encoded(next)),
            None => return Ok(functions),
        }
    }
}

/// AWS: a list of functions does not say in what state they are. `None` for one that was removed meanwhile.
async fn described(client: &Client, name: &str) -> Result<Option<Value>, Failed> {
    let target = format!("/2015-03-31/functions/{}/configuration", wire::encoded(name));
    let mut function = match client.rest("lambda", Method::GET, &target, None).await {
        Ok(function) => function,
        Err(error) if error.is(&["ResourceNotFoundException"]) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    function["FunctionUrls"] = urls(client, name).await?;
    Ok(Some(function))
}

async fn urls(client: &Client, name: &str) -> Result<Value, Failed> {
    let target = format!("/2021-10-31/functions/{}/urls", wire::encoded(name));
    match client.rest("lambda", Method::GET, &target, None).await {
        Ok(page) => {
            let all = page["FunctionUrlConfigs"].as_array().into_iter().flatten();
            Ok(all.map(|config| config["FunctionUrl"].clone()).collect())
        }
        Err(error) if error.is(&["ResourceNotFoundException"]) => Ok(json!([])),
        Err(error) => Err(error.into()),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn row(function: &Value, instances: &[Value]) -> Vec<String> {
    let name = text(function, "FunctionName");
    let own = instances.iter().filter(|instance| text(instance, "FunctionName") == name).count();
    let modified = text(function, "LastModified");
    vec![
        name.to_owned(),
        text(function, "Runtime").to_owned(),
        format!("{} MB", function["MemorySize"]),
        format!("{} s", function["Timeout"]),
        text(function, "State").to_lowercase(),
        own.to_string(),
        modified.get(..19).unwrap_or(modified).replace('T', " "),
    ]
}

fn verbose(functions: &[Value], instances: &[Value], slow_starts: &Value) -> Result<(), Failed> {
    for function in functions {
        let reason = text(function, "StateReason");
        if !reason.is_empty() {
            say(format_args!("\n{}: {reason}", text(function, "FunctionName")))?;
        }
    }
    for slow in slow_starts.as_array().into_iter().flatten() {
        let name = text(slow, "FunctionArn").rsplit(':').next().unwrap_or_default();
        say(format_args!("\n{name} ({}): {}", text(slow, "Version"), text(slow, "Reason")))?;
    }
    if instances.is_empty() {
        return say("\nNothing runs.");
    }
    let rows: Vec<Vec<String>> = instances.iter().map(instance_row).collect();
    say(format_args!("\n{}", show::table(&["instance of", "state", "calls", "age", "holds"], &rows)))
}

fn instance_row(instance: &Value) -> Vec<String> {
    let started = Time::parse_iso8601(text(instance, "Started")).unwrap_or_default();
    vec![
        text(instance, "FunctionName").to_owned(),
        text(instance, "State").to_owned(),
        instance["Calls"].to_string(),
        show::span(Time::now().since(started)),
        instance["HeldBytes"].as_u64().map(show::size).unwrap_or_default(),
    ]
}
