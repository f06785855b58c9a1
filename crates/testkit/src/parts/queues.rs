//! Queues and topics: how fast messages are sent, received and deleted, and how soon who waits has one.

use std::path::Path;
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};

use crate::client::{Account, Connection, Failed, Signed};
use crate::effort::Effort;
use crate::figures::{Table, Times};
use crate::{bare, load, store};

const CLIENTS: [usize; 3] = [1, 16, 64];

/// Of a message: what a line of a log has.
pub const BODY: usize = 256;

pub async fn measure(
    table: &mut Table,
    effort: &Effort,
    account: &Account,
    folder: &Path,
) -> Result<(), Failed> {
    for clients in CLIENTS {
        let (_, disk) = bare::append(folder, clients, effort.lasting)?;
        let commits = store::commits(folder, clients, BODY, effort.lasting).await?;
        let url = made(account, &format!("bench-{clients}"), &json!({})).await?;
        let send = ask(account, "SendMessage", &json!({ "QueueUrl": url, "MessageBody": "x".repeat(BODY) }))?;
        let sent = load::run(&account.address, &send, clients, effort.lasting).await?;
        table.times(&format!("SendMessage, {clients} conn"), sent.times, None, "");
        table.rate("  sent a second", sent.rate, Some(("commits of the store", commits)), "within 2x");
        table.rate("  the store's commits", commits, Some(("group commit of the disk, 4 KiB", disk)), "");
        let taken = drained(account, &url, clients, effort.lasting).await?;
        table.rate("  received and deleted a second, by ten", taken, None, "");
    }
    table.times("SendMessage to the end of a long poll", woken(account, effort).await?, None, "< 2 ms");
    table.times("Publish to three queues, all received", fanned_out(account, effort).await?, None, "");
    Ok(())
}

pub fn ask(account: &Account, action: &str, input: &Value) -> Result<Signed, Failed> {
    let target = format!("AmazonSQS.{action}");
    let headers = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target.as_str())];
    account.signed("sqs", Method::POST, "/", &headers, input.to_string())
}

pub async fn sqs(account: &Account, action: &str, input: &Value) -> Result<Value, Failed> {
    let answer = account.connect().await?.succeed(&ask(account, action, input)?).await?;
    Ok(if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer)? })
}

pub async fn made(account: &Account, name: &str, attributes: &Value) -> Result<String, Failed> {
    let made = sqs(account, "CreateQueue", &json!({ "QueueName": name, "Attributes": attributes })).await?;
    Ok(made["QueueUrl"].as_str().unwrap_or_default().to_owned())
}

/// How many a second some clients receive and delete, ten at a time.
async fn drained(account: &Account, url: &str, clients: usize, lasting: Duration) -> Result<f64, Failed> {
    let (began, mut tasks) = (Instant::now(), tokio::task::JoinSet::new());
    for _ in 0..clients {
        let (account, url) = (account.clone(), url.to_owned());
        tasks.spawn(async move {
            let mut connection = account.connect().await?;
            let mut taken = 0;
            while began.elapsed() < lasting {
                let receive =
                    ask(&account, "ReceiveMessage", &json!({ "QueueUrl": url, "MaxNumberOfMessages": 10 }))?;
                let answer: Value = serde_json::from_slice(&connection.succeed(&receive).await?)?;
                let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
                if messages.is_empty() {
                    break;
                }
                let entries: Vec<_> = (0..)
                    .zip(&messages)
                    .map(|(id, one): (usize, _)| {
                        json!({ "Id": id.to_string(), "ReceiptHandle": one["ReceiptHandle"] })
                    })
                    .collect();
                let delete =
                    ask(&account, "DeleteMessageBatch", &json!({ "QueueUrl": url, "Entries": entries }))?;
                connection.succeed(&delete).await?;
                taken += messages.len();
            }
            Ok::<_, Failed>(taken)
        });
    }
    let mut taken = 0;
    while let Some(done) = tasks.join_next().await {
        taken += done??;
    }
    Ok(taken as f64 / began.elapsed().as_secs_f64())
}

/// How many messages a second some clients send, receive and delete, one by one.
pub async fn rounds(account: &Account, clients: usize, lasting: Duration) -> Result<f64, Failed> {
    let url = made(account, "bench-rounds", &json!({})).await?;
    let (began, mut tasks) = (Instant::now(), tokio::task::JoinSet::new());
    for _ in 0..clients {
        let (account, url) = (account.clone(), url.clone());
        tasks.spawn(async move {
            let (mut connection, mut done) = (account.connect().await?, 0);
            let send =
                ask(&account, "SendMessage", &json!({ "QueueUrl": url, "MessageBody": "x".repeat(BODY) }))?;
            let receive = ask(&account, "ReceiveMessage", &json!({ "QueueUrl": url }))?;
            while began.elapsed() < lasting {
                connection.succeed(&send).await?;
                let answer: Value = serde_json::from_slice(&connection.succeed(&receive).await?)?;
                let handle = &answer["Messages"][0]["ReceiptHandle"];
                if handle.is_string() {
                    let delete = json!({ "QueueUrl": url, "ReceiptHandle": handle });
                    connection.succeed(&ask(&account, "DeleteMessage", &delete)?).await?;
                    done += 1;
                }
            }
            Ok::<_, Failed>(done)
        });
    }
    let mut done = 0;
    while let Some(ended) = tasks.join_next().await {
        done += ended??;
    }
    Ok(f64::from(done) / began.elapsed().as_secs_f64())
}

/// From the begin of a send to the end of a receive that had waited.
async fn woken(account: &Account, effort: &Effort) -> Result<Times, Failed> {
    let url = made(account, "bench-wake", &json!({})).await?;
    let mut times = Vec::new();
    for _ in 0..effort.small_objects {
        let waits = wait(account, &url).await?;
        let mut sender = account.connect().await?;
        let send = ask(account, "SendMessage", &json!({ "QueueUrl": url, "MessageBody": "now" }))?;
        let began = Instant::now();
        sender.succeed(&send).await?;
        times.push(waits.await??.duration_since(began));
    }
    Ok(Times::new(times))
}

type Waits = tokio::task::JoinHandle<Result<Instant, Failed>>;

/// Somebody who waits for a message, and says when it came.
async fn wait(account: &Account, url: &str) -> Result<Waits, Failed> {
    let receive = ask(account, "ReceiveMessage", &json!({ "QueueUrl": url, "WaitTimeSeconds": 20 }))?;
    let mut connection: Connection = account.connect().await?;
    let waits = tokio::spawn(async move {
        connection.succeed(&receive).await?;
        Ok(Instant::now())
    });
    // Until it waits indeed.
    tokio::time::sleep(Duration::from_millis(5)).await;
    Ok(waits)
}

/// From the begin of a publish to the last of three receives.
async fn fanned_out(account: &Account, effort: &Effort) -> Result<Times, Failed> {
    let arn = |service: &str, name: &str| format!("arn:aws:{service}:us-east-1:000000000000:{name}");
    let topic = arn("sns", "bench-topic");
    sns(account, "CreateTopic", &[("Name", "bench-topic")]).await?;
    let mut urls = Vec::new();
    for number in 0..3 {
        let name = format!("bench-fan-{number}");
        let queue = arn("sqs", &name);
        let statement = json!({
            "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "sqs:SendMessage",
            "Resource": queue,
        });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        urls.push(made(account, &name, &json!({ "Policy": policy })).await?);
        let members = [("TopicArn", topic.as_str()), ("Protocol", "sqs"), ("Endpoint", queue.as_str())];
        sns(account, "Subscribe", &members).await?;
    }
    // The key that signs is made at the first message.
    sns(account, "Publish", &[("TopicArn", &topic), ("Message", "first")]).await?;
    for url in &urls {
        sqs(account, "ReceiveMessage", &json!({ "QueueUrl": url, "WaitTimeSeconds": 20 })).await?;
    }
    let mut times = Vec::new();
    for _ in 0..effort.small_objects {
        let mut all = Vec::new();
        for url in &urls {
            all.push(wait(account, url).await?);
        }
        let began = Instant::now();
        sns(account, "Publish", &[("TopicArn", &topic), ("Message", "m")]).await?;
        let mut last = began;
        for waits in all {
            last = last.max(waits.await??);
        }
        times.push(last.duration_since(began));
    }
    Ok(Times::new(times))
}

async fn sns(account: &Account, action: &str, members: &[(&str, &str)]) -> Result<(), Failed> {
    let mut form = format!("Action={action}&Version=2010-03-31");
    for (name, value) in members {
        form.push_str(&format!("&{name}={}", wire::encoded(value)));
    }
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let signed = account.signed("sns", Method::POST, "/", &headers, form)?;
    account.connect().await?.succeed(&signed).await.map(drop)
}
