//! `dayfly invoke`: calls a function and prints result, error and log apart.

use std::io::Read;
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::arguments::Invoke;
use crate::client::{Answer, Client};
use crate::failed::Failed;
use crate::show::say;

pub async fn run(invoke: Invoke) -> Result<ExitCode, Failed> {
    let payload = payload(&invoke.payload)?;
    let client = Client::of(&invoke.reach)?;
    let path = format!("/2015-03-31/functions/{}/invocations", wire::encoded(&invoke.name));
    let kind = if invoke.event { "Event" } else { "RequestResponse" };
    let mut headers = vec![("x-amz-invocation-type", kind)];
    if !invoke.event {
        headers.push(("x-amz-log-type", "Tail"));
    }
    let answer = client.call("lambda", Method::POST, &path, &headers, payload).await?;
    if invoke.event {
        accepted(&answer, invoke.reach.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let failed = answer.header("x-amz-function-error").map(str::to_owned);
    if invoke.reach.json {
        say(document(&answer, failed.as_deref()))?;
    } else {
        print(&answer, failed.is_some())?;
    }
    Ok(if failed.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// JSON as typed, from a file, or from standard input.
fn payload(typed: &str) -> Result<Bytes, Failed> {
    if typed == "-" {
        let mut read = Vec::new();
        std::io::stdin().read_to_end(&mut read).map_err(Failed::because("reading standard input"))?;
        return Ok(read.into());
    }
    if let Some(path) = typed.strip_prefix('@') {
        return std::fs::read(path).map(Bytes::from).map_err(Failed::because(format!("reading {path}")));
    }
    Ok(typed.to_owned().into())
}

fn accepted(answer: &Answer, as_json: bool) -> Result<(), Failed> {
    let id = answer.header("x-amzn-requestid").unwrap_or_default();
    if as_json {
        say(json!({ "Event": id }))
    } else {
        say(format_args!("Accepted as event {id}. Follow it with: dayfly event {id}"))
    }
}

fn log(answer: &Answer) -> String {
    let tail = answer.header("x-amz-log-result").and_then(|tail| STANDARD.decode(tail).ok());
    tail.map(|tail| String::from_utf8_lossy(&tail).into_owned()).unwrap_or_default()
}

fn document(answer: &Answer, failed: Option<&str>) -> Value {
    let payload = serde_json::from_slice(&answer.body).unwrap_or_else(|_| json!(answer.text()));
    json!({ "Result": payload, "FunctionError": failed, "Log": log(answer) })
}

/// The result on standard output; the error and the log on standard error.
fn print(answer: &Answer, failed: bool) -> Result<(), Failed> {
    let log = log(answer);
    if !log.is_empty() {
        eprintln!("{}\n", log.trim_end());
    }
    if !failed {
        return say(answer.text());
    }
    let error: Value = answer.json().unwrap_or_default();
    let said = |name: &str| error[name].as_str().unwrap_or_default();
    eprintln!("The function failed: {}: {}", said("errorType"), said("errorMessage"));
    for frame in error["stackTrace"].as_array().or(error["trace"].as_array()).into_iter().flatten() {
        eprintln!("{}", frame.as_str().unwrap_or_default().trim_end());
    }
    Ok(())
}
