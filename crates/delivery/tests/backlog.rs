//! A driver with more events than it can begin at once, or know of: none is forgotten, whatever comes of its tries.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use delivery::{Attempt, Delivered, Delivery, Event, NewEvent, Settings, SourceOf, Target};
use model::{AccountId, Arn, EventId, Internal, Region, Time};
use store::{MemoryTable, Table, Transaction};
use tasks::{Clock, Dice, Tasks};

/// Fails each event so often before it takes it.
struct Stubborn {
    failures: u32,
    tries: Mutex<BTreeMap<EventId, u32>>,
}

#[async_trait]
impl Target for Stubborn {
    fn service(&self) -> &'static str {
        "lambda"
    }

    async fn may_receive(&self, _: &Arn, _: &SourceOf) -> Result<bool, Internal> {
        Ok(true)
    }

    async fn deliver(&self, event: &Event, _: Attempt) -> Delivered {
        tokio::task::yield_now().await;
        let mut tries = self.tries.lock().unwrap();
        let count = tries.entry(event.id).or_default();
        *count += 1;
        if *count > self.failures {
            return Delivered::Taken { settle: Transaction::new(), answer: Default::default() };
        }
        let (error_type, message) = ("Error".to_owned(), "not yet".to_owned());
        Delivered::Failed { error_type, message, settle: Transaction::new(), answer: Default::default() }
    }
}

/// The clock stands still: whatever is to be tried again is due at once.
async fn all_are_done(events: usize, failures: u32, before_start: usize) {
    let table = Arc::new(MemoryTable::new());
    let settings = Settings { retry_after: vec![Duration::ZERO], ..Settings::default() };
    let clock = Clock::manual(Time::from_millis(1_000_000));
    let delivery = Delivery::new(settings, table.clone(), clock, Dice::seeded(1), Tasks::new());
    let stubborn = Arc::new(Stubborn { failures, tries: Mutex::default() });
    let target = Arn::new("lambda", "us-east-1", "000000000000", "function:f");
    for number in 0..events {
        if number == before_start {
            delivery.start(vec![stubborn.clone()], Vec::new()).await.unwrap();
        }
        let account = AccountId::default_account();
        let new = NewEvent::new(account, Region::default(), "s3", target.clone(), Bytes::from("{}"));
        let (_, transaction) = delivery.accept(new).unwrap();
        table.commit(transaction).await.unwrap();
    }
    if before_start >= events {
        delivery.start(vec![stubborn.clone()], Vec::new()).await.unwrap();
    }
    let all = |tries: &BTreeMap<EventId, u32>| {
        tries.len() == events && tries.values().all(|count| *count == failures + 1)
    };
    for _ in 0..1_000_000 {
        if all(&stubborn.tries.lock().unwrap()) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("some were forgotten");
}

#[tokio::test]
async fn events_that_fail_again_and_again_are_tried_again_at_once() {
    all_are_done(500, 2, 0).await;
    all_are_done(500, 2, 250).await;
}

#[tokio::test]
async fn more_events_than_a_driver_knows_of_are_all_done() {
    all_are_done(10_500, 1, 10_500).await;
    all_are_done(10_500, 0, 10_300).await;
}
