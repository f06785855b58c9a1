//! Timelines are forgotten when their time is over, and what one costs.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use delivery::{Attempt, Delivered, Delivery, Event, NewEvent, Settings, SourceOf, Target};
use model::{AccountId, Arn, EventId, Internal, Region, Time};
use store::{Key, MemoryTable, Table, Transaction};
use tasks::{Clock, Dice, Tasks};

struct Taker;

#[async_trait]
impl Target for Taker {
    fn service(&self) -> &'static str {
        "lambda"
    }

    async fn may_receive(&self, _: &Arn, _: &SourceOf) -> Result<bool, Internal> {
        Ok(true)
    }

    async fn deliver(&self, _: &Event, _: Attempt) -> Delivered {
        Delivered::Taken { settle: Transaction::new(), answer: Default::default() }
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

struct Stage {
    table: Arc<MemoryTable>,
    clock: Clock,
    delivery: Delivery,
}

impl Stage {
    async fn new(days: u32) -> Self {
        let (table, clock) =
            (Arc::new(MemoryTable::new()), Clock::manual(Time::from_millis(1_790_000_000_000)));
        let settings = Settings { retention: DAY * days, ..Settings::default() };
        let delivery = Delivery::new(settings, table.clone(), clock.clone(), Dice::seeded(1), Tasks::new());
        delivery.start(vec![Arc::new(Taker)], Vec::new()).await.unwrap();
        Self { table, clock, delivery }
    }

    /// An event with a document of so many bytes, when it is done.
    async fn done(&self, bytes: usize) -> EventId {
        let target = Arn::new("lambda", "us-east-1", "000000000000", "function:f");
        let payload = Bytes::from(vec![b'x'; bytes]);
        let new = NewEvent::new(AccountId::default_account(), Region::default(), "s3", target, payload);
        let (id, rows) = self.delivery.accept(new).unwrap();
        self.table.commit(rows).await.unwrap();
        while self.delivery.event(id).await.unwrap().unwrap().due().is_some() {
            tokio::task::yield_now().await;
        }
        id
    }

    async fn rows(&self) -> Vec<usize> {
        let entries = self.table.range(&Key::new(), None, usize::MAX).await.unwrap();
        entries.iter().map(|entry| entry.key.as_bytes().len() + entry.row.value.len()).collect()
    }
}

#[tokio::test]
async fn a_timeline_goes_when_its_days_are_over_and_not_before() {
    for days in [1, 7] {
        let stage = Stage::new(days).await;
        let id = stage.done(10).await;
        for day in 0..days {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            assert!(stage.delivery.event(id).await.unwrap().is_some(), "kept on day {day} of {days}");
            stage.clock.advance(DAY);
        }
        stage.clock.advance(DAY / 20);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(stage.rows().await.len(), 0, "nothing is left of it after {days} days");
    }
}

/// What the page on queues and topics says.
#[tokio::test]
async fn a_timeline_costs_three_rows_and_less_than_a_kilobyte_beside_its_document() {
    let stage = Stage::new(7).await;
    stage.done(1_000).await;
    let rows = stage.rows().await;
    let bytes: usize = rows.iter().sum();
    println!("{} rows, {bytes} bytes", rows.len());
    assert!(rows.len() == 3 && bytes < 2_000, "{rows:?}");
}
