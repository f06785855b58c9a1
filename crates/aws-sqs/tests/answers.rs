//! Answers as AWS gives them: each line an operation with its members, and what it is answered.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sqs::{Parts, Rights, Sqs};
use delivery::Delivery;
use expect_test::expect_file;
use http_body_util::BodyExt;
use model::{AccountId, Caller, Failure, Internal, Permission, Region, RequestId, Time};
use serde_json::{Value, json};
use service::{Authority, Call, Service};
use store::MemoryTable;
use tasks::{Clock, Dice, Tasks};

struct Everything;

#[async_trait]
impl Rights for Everything {
    async fn allows(&self, _: &Caller, _: &Permission) -> Result<bool, Internal> {
        Ok(true)
    }
}

#[async_trait]
impl Authority for Everything {
    async fn allow(&self, _: &Call, _: &Permission) -> Result<(), Failure> {
        Ok(())
    }
}

const URL: &str = "http://127.0.0.1:4566/000000000000/";

struct Stage {
    clock: Clock,
    service: Box<dyn Service>,
}

impl Stage {
    /// With the queues `q`, `f.fifo` and `dead`.
    async fn new() -> Self {
        let (table, clock) =
            (Arc::new(MemoryTable::new()), Clock::manual(Time::from_millis(1_790_000_000_000)));
        let tasks = Tasks::new();
        let delivery =
            Delivery::new(Default::default(), table.clone(), clock.clone(), Dice::seeded(1), tasks.clone());
        let sqs = Sqs::new(Parts {
            table,
            delivery,
            rights: Arc::new(Everything),
            clock: clock.clone(),
            dice: Dice::seeded(2),
            reach: Default::default(),
            doors: tasks.clone(),
            tasks,
        });
        let stage = Self { clock, service: Box::new(sqs.service()) };
        for (name, attributes) in
            [("q", json!({})), ("f.fifo", json!({ "FifoQueue": "true" })), ("dead", json!({}))]
        {
            let made = stage.ask("CreateQueue", json!({ "QueueName": name, "Attributes": attributes })).await;
            assert_eq!(made, json!({ "QueueUrl": format!("{URL}{name}") }).to_string());
        }
        stage
    }

    /// The answer's body; of a fault `status code (query code): message`.
    async fn ask(&self, operation: &str, members: Value) -> String {
        let request = http::Request::builder()
            .method("POST")
            .uri("/")
            .header("x-amz-target", format!("AmazonSQS.{operation}"))
            .body(wire::body_of(members.to_string()))
            .unwrap();
        let call = Call {
            request_id: RequestId::random(),
            caller: Caller::root(AccountId::default_account()),
            region: Region::default(),
            time: self.clock.now(),
            cause: None,
            source: None,
            origin: "http://127.0.0.1:4566".to_owned(),
            user_agent: String::new(),
            authority: Arc::new(Everything),
        };
        let response = self.service.handle(call, request).await;
        let status = response.status().as_u16();
        let query =
            response.headers().get("x-amzn-query-error").map(|value| value.to_str().unwrap().to_owned());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        let Some(query) = query else { return body };
        let told: Value = serde_json::from_str(&body).unwrap();
        let code = told["__type"].as_str().unwrap_or_default();
        let code = code.rsplit('#').next().unwrap_or_default();
        format!("{status} {code} ({query}): {}", told["message"].as_str().unwrap_or_default())
    }

    async fn on(&self, queue: &str, operation: &str, mut members: Value) -> String {
        members["QueueUrl"] = json!(format!("{URL}{queue}"));
        self.ask(operation, members).await
    }
}

/// Plays the questions of a file, the lines that begin with `>`, and compares what they are answered with what stands there.
#[tokio::test]
async fn answers_are_those_of_aws() {
    let stage = Stage::new().await;
    let file = expect_file!["answers.txt"];
    let mut told = String::new();
    for line in file.data().lines() {
        let Some((operation, members)) = line.strip_prefix("> ").and_then(|asked| asked.split_once(' '))
        else {
            continue;
        };
        let answer = stage.ask(operation, serde_json::from_str(members).unwrap()).await;
        told.push_str(&format!("{line}\n{answer}\n\n"));
    }
    file.assert_eq(&told);
}

#[tokio::test]
async fn a_message_is_hidden_for_twelve_hours_at_most() {
    let stage = Stage::new().await;
    stage.on("q", "SendMessage", json!({ "MessageBody": "x" })).await;
    let received = stage.on("q", "ReceiveMessage", json!({ "VisibilityTimeout": 3_600 })).await;
    let received: Value = serde_json::from_str(&received).unwrap();
    let handle = &received["Messages"][0]["ReceiptHandle"];
    let hide = |seconds: u64| {
        stage.on(
            "q",
            "ChangeMessageVisibility",
            json!({ "ReceiptHandle": handle, "VisibilityTimeout": seconds }),
        )
    };
    assert_eq!(hide(43_200).await, "");
    stage.clock.advance(Duration::from_secs(600));
    assert_eq!(
        hide(43_200).await,
        "400 InvalidParameterValueException (InvalidParameterValue;Sender): Value 43200 for parameter VisibilityTimeout is \
         invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"
    );
    assert_eq!(hide(42_600).await, "");
    let large = "x".repeat(1_048_577);
    let refused = stage.on("q", "SendMessage", json!({ "MessageBody": large })).await;
    assert!(refused.ends_with(
        "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."
    ));
}
