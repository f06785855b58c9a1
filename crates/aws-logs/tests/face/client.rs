//! A client that everything is allowed to.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use model::{AccountId, Caller, Failure, Permission, Region, RequestId, Time};
use serde_json::{Value, json};
use service::{Authority, Call, Service};
use store::MemoryTable;
use tasks::{Clock, Dice};
use telemetry::Logs;

pub const NOW: i64 = 1_795_448_000_000;

/// Allows everything and keeps what was asked.
#[derive(Default)]
pub struct Asked(pub Mutex<Vec<String>>);

#[async_trait]
impl Authority for Asked {
    async fn allow(&self, _: &Call, permission: &Permission) -> Result<(), Failure> {
        self.0.lock().unwrap().push(format!("{} {}", permission.action, permission.resource));
        Ok(())
    }
}

pub struct Client {
    service: Box<dyn Service>,
    pub asked: Arc<Asked>,
    clock: Clock,
}

impl Client {
    pub fn new() -> Self {
        let clock = Clock::manual(Time::from_millis(NOW));
        let logs = Logs::new(Arc::new(MemoryTable::new()), clock.clone(), Dice::seeded(3));
        Self { service: Box::new(aws_logs::service(logs)), asked: Arc::default(), clock }
    }

    pub async fn send(&self, operation: &str, body: Value) -> (u16, Value) {
        let call = Call {
            request_id: RequestId::random(),
            caller: Caller::root(AccountId::default_account()),
            region: Region::default(),
            time: self.clock.now(),
            cause: None,
            source: None,
            origin: "http://localhost:4566".to_owned(),
            user_agent: String::new(),
            authority: self.asked.clone(),
        };
        let request = http::Request::post("/")
            .header("x-amz-target", format!("Logs_20140328.{operation}"))
            .body(wire::body_of(body.to_string()))
            .unwrap();
        let response = self.service.handle(call, request).await;
        let status = response.status().as_u16();
        let bytes = wire::collect(response.into_body(), usize::MAX).await.unwrap().unwrap();
        (status, if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() })
    }

    pub async fn done(&self, operation: &str, body: Value) -> Value {
        let (status, answer) = self.send(operation, body).await;
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }

    /// The fault as `Code: message`.
    pub async fn refused(&self, operation: &str, body: Value) -> String {
        let (status, answer) = self.send(operation, body).await;
        assert!(status >= 400, "{operation}: {answer}");
        format!("{}: {}", answer["__type"].as_str().unwrap(), answer["message"].as_str().unwrap())
    }

    /// With the group `g`, its streams `a` and `b`, and events in them.
    pub async fn with_events() -> Self {
        let client = Self::new();
        client.done("CreateLogGroup", json!({ "logGroupName": "g" })).await;
        for (stream, times) in [("a", [0, 2, 4]), ("b", [1, 2, 3])] {
            client.done("CreateLogStream", json!({ "logGroupName": "g", "logStreamName": stream })).await;
            let event = |time| json!({ "timestamp": NOW + time, "message": format!("{stream}{time}") });
            let events: Vec<Value> = times.into_iter().map(event).collect();
            let put = json!({ "logGroupName": "g", "logStreamName": stream, "logEvents": events });
            let answer = client.done("PutLogEvents", put).await;
            assert_eq!(answer["nextSequenceToken"].as_str().unwrap().len(), 56);
            assert!(answer.get("rejectedLogEventsInfo").is_none());
        }
        client
    }
}

/// The messages of an answer's events.
pub fn messages(answer: &Value) -> String {
    let texts = answer["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap());
    texts.collect::<Vec<_>>().join(" ")
}
