//! Many pending events of one target: all arrive, no more at once than may be, and their rows are not read again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use delivery::{Attempt, Delivered, Delivery, Event, NewEvent, Settings, SourceOf, State, Target};
use model::{AccountId, Arn, Internal, Region, Time};
use store::{CommitError, Entry, Key, MemoryTable, Revision, Row, Table, Transaction, Watch};
use tasks::{Clock, Dice, Tasks};

const EVENTS: usize = 1_000;

/// A table that counts the rows which ranges gave.
struct Counted {
    inner: MemoryTable,
    read: AtomicUsize,
}

#[async_trait]
impl Table for Counted {
    async fn get(&self, key: &Key) -> Result<Option<Row>, Internal> {
        self.inner.get(key).await
    }

    async fn range(&self, prefix: &Key, after: Option<&Key>, limit: usize) -> Result<Vec<Entry>, Internal> {
        let rows = self.inner.range(prefix, after, limit).await?;
        self.read.fetch_add(rows.len(), Ordering::SeqCst);
        Ok(rows)
    }

    async fn commit(&self, transaction: Transaction) -> Result<Revision, CommitError> {
        self.inner.commit(transaction).await
    }

    fn watch(&self, prefix: Key) -> Watch {
        self.inner.watch(prefix)
    }
}

/// Takes every event after a few turns of the others, the first time it is offered or the second.
#[derive(Default)]
struct Busy {
    throttles: bool,
    now: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl Target for Busy {
    fn service(&self) -> &'static str {
        "lambda"
    }

    async fn may_receive(&self, _: &Arn, _: &SourceOf) -> Result<bool, Internal> {
        Ok(true)
    }

    async fn deliver(&self, event: &Event, _: Attempt) -> Delivered {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        if self.throttles && event.waits() == 0 {
            return Delivered::TryLater { reason: "throttled".to_owned() };
        }
        Delivered::Taken { settle: Transaction::new() }
    }
}

/// Gives the rows that were read until all events were done.
async fn rows_read(throttles: bool) -> usize {
    let table = Arc::new(Counted { inner: MemoryTable::new(), read: AtomicUsize::new(0) });
    let (clock, account) = (Clock::manual(Time::from_millis(1_000_000)), AccountId::default_account());
    let delivery =
        Delivery::new(Settings::default(), table.clone(), clock.clone(), Dice::seeded(1), Tasks::new());
    let target = Arn::new("lambda", "us-east-1", account.as_str(), "function:f");
    for _ in 0..EVENTS {
        let new = NewEvent::new(account.clone(), Region::default(), "s3", target.clone(), Bytes::new());
        table.commit(delivery.accept(new).unwrap().1).await.unwrap();
    }
    let busy = Arc::new(Busy { throttles, ..Busy::default() });
    delivery.start(vec![busy.clone()]).await.unwrap();
    for _ in 0..100 {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!((busy.now.load(Ordering::SeqCst), busy.most.load(Ordering::SeqCst)), (0, 200));
    let read = table.read.load(Ordering::SeqCst);
    let (events, _) = delivery.recent(&account, None, EVENTS + 1).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.state == State::Done).count(), EVENTS);
    read
}

#[tokio::test]
async fn a_backlog_is_worked_off_and_read_a_few_times() {
    let read = rows_read(false).await;
    assert!(read < 5 * EVENTS, "{read}");
}

#[tokio::test]
async fn what_was_throttled_comes_again_when_it_is_due() {
    let read = rows_read(true).await;
    assert!(read < 12 * EVENTS, "{read}");
}
