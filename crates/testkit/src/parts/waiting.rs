//! A queue with many messages waiting: what they cost in memory, at a start, and the first who asks.

use std::path::Path;
use std::time::Instant;

use serde_json::json;
use tokio::task::JoinSet;

use super::queues::{BODY, ask, made, sqs};
use crate::client::{Account, Failed};
use crate::effort::Effort;
use crate::figures::{Table, Times};
use crate::platform::Platform;
use crate::processes;

const SENDERS: usize = 16;

/// Sent at once.
const BATCH: usize = 10;

pub async fn measure(table: &mut Table, effort: &Effort, binary: &Path, data: &Path) -> Result<(), Failed> {
    Platform::start(binary, data, &[])?.stop()?;
    let empty = started(effort, binary, data)?;
    let platform = Platform::start(binary, data, &[])?;
    let url = made(&platform.account, "waiting", &json!({})).await?;
    let began = Instant::now();
    fill(&platform.account, &url, effort.waiting).await?;
    let rate = effort.waiting as f64 / began.elapsed().as_secs_f64();
    table.rate(&format!("{} messages sent by ten, a second", effort.waiting), rate, None, "");
    table.said("memory with them waiting", resident(&platform), "<= 300 MB");
    platform.stop()?;
    let full = started(effort, binary, data)?;
    table.times("up with them on disk", full, Some(("up without", &empty)), "<= 50 ms more");
    let platform = Platform::start(binary, data, &[])?;
    let mut first = Vec::new();
    for _ in 0..2 {
        let asked = Instant::now();
        let receive = json!({ "QueueUrl": url, "MaxNumberOfMessages": BATCH });
        let answer = sqs(&platform.account, "ReceiveMessage", &receive).await?;
        first.push(asked.elapsed());
        if answer["Messages"].as_array().map_or(0, Vec::len) != BATCH {
            return Err("the messages that wait are not given".into());
        }
    }
    table.times("the first who receives, and the next", Times::new(first), None, "");
    let asked = Instant::now();
    let counts = json!({ "QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"] });
    let answer = sqs(&platform.account, "GetQueueAttributes", &counts).await?;
    table.times("how many there are", Times::new(vec![asked.elapsed()]), None, "");
    let expected = (effort.waiting - 2 * BATCH).to_string();
    if answer["Attributes"]["ApproximateNumberOfMessages"] != expected.as_str() {
        return Err(format!("the messages are not counted: {answer}").into());
    }
    table.said("memory after that", resident(&platform), "<= 300 MB");
    platform.stop().map(drop)
}

fn started(effort: &Effort, binary: &Path, data: &Path) -> Result<Times, Failed> {
    let mut times = Vec::new();
    for _ in 0..effort.starts {
        let platform = Platform::start(binary, data, &[])?;
        times.push(platform.began_in);
        platform.stop()?;
    }
    Ok(Times::new(times))
}

/// Of the platform and everything that came out of it.
fn resident(platform: &Platform) -> String {
    let (each, shared) = processes::memory(&processes::family(platform.pid()));
    let mb = |kib: u64| kib as f64 * 1024.0 / 1e6;
    format!("{:.0} MB resident, {:.0} MB with shared pages once", mb(each.into_iter().sum()), mb(shared))
}

async fn fill(account: &Account, url: &str, messages: usize) -> Result<(), Failed> {
    let entries: Vec<_> =
        (0..BATCH).map(|id| json!({ "Id": id.to_string(), "MessageBody": "x".repeat(BODY) })).collect();
    let batch = json!({ "QueueUrl": url, "Entries": entries });
    let mut tasks = JoinSet::new();
    for sender in 0..SENDERS {
        let (account, batch) = (account.clone(), batch.clone());
        let turns = messages / BATCH / SENDERS + usize::from(sender < messages / BATCH % SENDERS);
        tasks.spawn(async move {
            let mut connection = account.connect().await?;
            for _ in 0..turns {
                connection.succeed(&ask(&account, "SendMessageBatch", &batch)?).await?;
            }
            Ok::<_, Failed>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}
