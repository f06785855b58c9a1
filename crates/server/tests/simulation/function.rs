//! Functions of all moods: what mappings, topics and callers hand their events to.

use std::sync::PoisonError;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use delivery::{Attempt, Delivered, Delivery, Event, NewEvent, Over, Parcel, SourceOf, Target, Why};
use model::{Arn, Internal};
use serde_json::{Value, json};
use store::Transaction;

use crate::Stage;
use crate::books;
use crate::platform::arn;
use crate::world::{Given, Way};

pub struct Function {
    pub stage: Stage,
    pub delivery: Delivery,
    pub moody: bool,
}

#[async_trait]
impl Target for Function {
    fn service(&self) -> &'static str {
        "lambda"
    }

    async fn may_receive(&self, _: &Arn, _: &SourceOf) -> Result<bool, Internal> {
        Ok(true)
    }

    async fn deliver(&self, event: &Event, attempt: Attempt) -> Delivered {
        match &*event.target.resource {
            "function:on-work" => self.batch("work", "work", &attempt.payload).await,
            "function:on-steps" => self.batch("steps", "steps.fifo", &attempt.payload).await,
            _ => {
                let (way, text) = asked(&attempt.payload);
                self.one(way, &text).await
            }
        }
    }

    /// What could not be handled is written down where dead letters lie.
    async fn over(&self, over: &Over<'_>) -> Result<Transaction, Internal> {
        if over.why == Why::Taken {
            return Ok(Transaction::new());
        }
        let (way, text) = asked(over.payload);
        let (account, region) = (over.event.account.clone(), over.event.region.clone());
        let payload = Parcel::of(format!("{way}/{text}")).pack()?;
        let new = NewEvent::new(account, region, "lambda", arn("sqs", "undelivered"), payload);
        Ok(self.delivery.accept(new.out_of([over.event]))?.1)
    }
}

/// From a topic, or a caller.
fn asked(payload: &Bytes) -> (Way, String) {
    let document: Value = serde_json::from_slice(payload).unwrap_or_default();
    match document["Records"][0]["Sns"]["Message"].as_str() {
        Some(text) => ("news", text.to_owned()),
        None => ("call", String::from_utf8(payload.to_vec()).unwrap()),
    }
}

fn taken(answer: &Value) -> Delivered {
    Delivered::Taken { settle: Transaction::new(), answer: Bytes::from(answer.to_string()).into() }
}

fn failed() -> Delivered {
    let (error_type, message) = ("Error".to_owned(), "moody".to_owned());
    Delivered::Failed { error_type, message, settle: Transaction::new(), answer: Default::default() }
}

impl Function {
    fn roll(&self) -> u64 {
        if self.moody { self.stage.dice.below(10) } else { 0 }
    }

    async fn work(&self) {
        let clock = &self.stage.clock;
        let seconds = if self.moody { self.stage.dice.below(10) } else { 0 };
        clock.sleep_until(clock.now() + Duration::from_secs(seconds)).await;
    }

    async fn one(&self, way: Way, text: &str) -> Delivered {
        self.work().await;
        match self.roll() {
            0..4 => {
                self.stage.world.lock().unwrap().handle(way, text);
                taken(&Value::Null)
            }
            4..8 => failed(),
            _ => Delivered::TryLater { reason: "throttled".to_owned() },
        }
    }

    async fn batch(&self, way: Way, queue: &str, payload: &Bytes) -> Delivered {
        let document: Value = serde_json::from_slice(payload).unwrap();
        let records = document["Records"].as_array().unwrap();
        // A failed check in here would be taken for a function that is lost.
        let lost = |error: Box<dyn std::any::Any + Send>| {
            let said = error.downcast_ref::<String>().cloned().unwrap_or_default();
            self.stage.faults.lock().unwrap_or_else(PoisonError::into_inner).push(said);
        };
        let rows = books::messages(&self.stage, queue).await;
        let checks = std::panic::AssertUnwindSafe(|| self.given(&rows, records));
        let _ = std::panic::catch_unwind(checks).map_err(lost);
        self.work().await;
        match self.roll() {
            0..7 => self.handle_some(way, records),
            7..9 => failed(),
            _ => Delivered::TryLater { reason: "throttled".to_owned() },
        }
    }

    fn given(&self, rows: &[books::Message], records: &[Value]) {
        let mut before = Vec::new();
        for record in records {
            let id = record["messageId"].as_str().unwrap();
            let receives = record["attributes"]["ApproximateReceiveCount"].as_str().unwrap().parse().unwrap();
            // Deleted meanwhile by whoever had it before.
            let Some(row) = rows.iter().find(|row| row.id == id) else { continue };
            let mut world = self.stage.world.lock().unwrap_or_else(PoisonError::into_inner);
            world.give(&Given { id, receives, until: row.visible });
            for other in rows.iter().filter(|other| row.group.is_some() && other.group == row.group) {
                let is_in_order = other.sequence >= row.sequence || before.contains(&other.id);
                assert!(is_in_order, "{row:?} was given before {other:?}, now {:?}", self.stage.clock.now());
            }
            before.push(row.id.clone());
        }
    }

    /// In order, up to the first that fails.
    fn handle_some(&self, way: Way, records: &[Value]) -> Delivered {
        let good = if self.roll() < 6 {
            records.len()
        } else {
            self.stage.dice.below(records.len() as u64) as usize
        };
        for record in &records[..good] {
            self.stage.world.lock().unwrap().handle(way, record["body"].as_str().unwrap());
        }
        let failures = records[good..].iter().map(|record| json!({ "itemIdentifier": record["messageId"] }));
        taken(&json!({ "batchItemFailures": failures.collect::<Vec<_>>() }))
    }
}
