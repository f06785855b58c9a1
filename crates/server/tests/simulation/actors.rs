//! Those who publish, send and call, and the client of a queue.

use std::sync::Arc;

use bytes::Bytes;
use delivery::NewEvent;
use model::{AccountId, EventId, Region};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Stage;
use crate::books;
use crate::platform::{Platform, arn};
use crate::world::Given;

/// Texts that are sent in all.
const TEXTS: u64 = 40;

const NO_QUEUE: &str = "http://127.0.0.1:4566/000000000000/";

/// Never ends by itself.
pub async fn play(platform: Arc<Platform>, stage: Stage) {
    let mut all = JoinSet::new();
    for _ in 0..2 {
        all.spawn(read_letters(platform.clone(), stage.clone()));
    }
    all.spawn(send(platform, stage));
    while let Some(ended) = all.join_next().await {
        ended.unwrap();
    }
    std::future::pending::<()>().await;
}

/// What was not answered before a crash is sent again.
async fn send(platform: Arc<Platform>, stage: Stage) {
    loop {
        let number = stage.world.lock().unwrap().sent;
        if number == TEXTS {
            return;
        }
        match number % 5 {
            0 => publish(&platform, &stage, number).await,
            1 => publish_in_order(&platform, &stage, number).await,
            2 => send_one(&platform, &stage, number).await,
            3 => send_twice_at_once(&platform, &stage, number).await,
            _ => call(&platform, &stage, number).await,
        }
        stage.world.lock().unwrap().sent += 1;
        if stage.dice.below(3) == 0 {
            let pause = std::time::Duration::from_secs(stage.dice.below(8));
            stage.clock.sleep_until(stage.clock.now() + pause).await;
        }
    }
}

fn id_in(answer: &str) -> String {
    let after = answer.split_once("<MessageId>").unwrap().1;
    after.split_once('<').unwrap().0.to_owned()
}

async fn publish(platform: &Platform, stage: &Stage, number: u64) {
    let (topic, text) = (arn("sns", "news").to_string(), format!("news-{number:03}"));
    let answer = platform.sns("Publish", &[("TopicArn", &topic), ("Message", &text)]).await;
    let ways = ["work", "letters", "undelivered", "news"];
    stage.world.lock().unwrap().acknowledge(&ways, &text, &id_in(&answer));
}

async fn publish_in_order(platform: &Platform, stage: &Stage, number: u64) {
    let (topic, group) = (arn("sns", "steps.fifo").to_string(), format!("g{}", number % 2));
    let text = format!("{group}-{number:03}");
    let members = [
        ("TopicArn", topic.as_str()),
        ("Message", &text),
        ("MessageGroupId", &group),
        ("MessageDeduplicationId", &text),
    ];
    let answer = platform.sns("Publish", &members).await;
    stage.world.lock().unwrap().acknowledge(&["steps"], &text, &id_in(&answer));
}

async fn send_one(platform: &Platform, stage: &Stage, number: u64) {
    let text = format!("work-{number:03}");
    let members = json!({
        "QueueUrl": format!("{NO_QUEUE}work"),
        "MessageBody": text,
        "DelaySeconds": stage.dice.below(2) * 9,
    });
    let answer = platform.sqs("SendMessage", members).await;
    let id = answer["MessageId"].as_str().unwrap();
    stage.world.lock().unwrap().acknowledge(&["work"], &text, id);
}

/// The same message twice, as by a client that did not wait for its answer: whoever is answered, it is there.
async fn send_twice_at_once(platform: &Platform, stage: &Stage, number: u64) {
    let text = format!("d-{number:03}");
    let members = json!({
        "QueueUrl": format!("{NO_QUEUE}steps.fifo"),
        "MessageBody": text,
        "MessageGroupId": "d",
        "MessageDeduplicationId": text,
    });
    let one = || async {
        let answer = platform.sqs("SendMessage", members.clone()).await;
        let id = answer["MessageId"].as_str().unwrap().to_owned();
        stage.world.lock().unwrap().acknowledge(&["steps"], &text, &id);
        id
    };
    let (first, second) = tokio::join!(one(), one());
    assert_eq!(first, second, "it is the same message");
}

async fn call(platform: &Platform, stage: &Stage, number: u64) {
    let text = format!("call-{number:03}");
    let mut event = NewEvent::new(
        AccountId::default_account(),
        Region::default(),
        "lambda",
        arn("lambda", "function:on-call"),
        Bytes::from(text.clone()),
    );
    event.id = EventId::random();
    let (id, rows) = platform.delivery.accept(event).unwrap();
    platform.table.commit(rows).await.unwrap();
    stage.world.lock().unwrap().acknowledge(&["call"], &text, &id.to_string());
}

/// A client that deletes most of what it is given, gives back some, and forgets some.
async fn read_letters(platform: Arc<Platform>, stage: Stage) {
    let url = format!("{NO_QUEUE}letters");
    let wanted = json!({
        "QueueUrl": url,
        "MaxNumberOfMessages": 4,
        "WaitTimeSeconds": 5,
        "MessageSystemAttributeNames": ["All"],
    });
    loop {
        let answer = platform.sqs("ReceiveMessage", wanted.clone()).await;
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        for message in &messages {
            given(&stage, message).await;
        }
        for message in messages {
            let (id, handle) = (message["MessageId"].as_str().unwrap(), &message["ReceiptHandle"]);
            let text = books::text_of("letters", message["Body"].as_str().unwrap());
            let mut members = json!({ "QueueUrl": url, "ReceiptHandle": handle });
            let roll = if platform.moody { stage.dice.below(10) } else { 0 };
            match roll {
                0..4 => {
                    stage.world.lock().unwrap().handle("letters", &text);
                    platform.sqs("DeleteMessage", members).await;
                    stage.world.lock().unwrap().delete(id, stage.clock.now());
                }
                4..8 => {
                    members["VisibilityTimeout"] = json!(0);
                    stage.world.lock().unwrap().let_go(id, stage.clock.now());
                    platform.sqs("ChangeMessageVisibility", members).await;
                }
                _ => {}
            }
            tokio::task::yield_now().await;
        }
    }
}

async fn given(stage: &Stage, message: &Value) {
    let (id, attributes) = (message["MessageId"].as_str().unwrap(), &message["Attributes"]);
    let receives = attributes["ApproximateReceiveCount"].as_str().unwrap().parse().unwrap();
    // Deleted meanwhile by whoever had it before.
    let Some(row) = books::message(stage, "letters", id).await else { return };
    stage.world.lock().unwrap().give(&Given { id, receives, until: row.visible });
}
