//! Queues of which memory has but a part.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use delivery::Delivery;
use model::{AccountId, Caller, Internal, Permission, Region, Time};
use store::{MemoryTable, Table, Transaction};
use tasks::{Clock, Dice, Tasks};

use super::{Engine, New, Open, Parts, Queue, QueueKey, Reach, Received, Rights, Wanted, rows};
use crate::settings;

struct Anybody;

#[async_trait]
impl Rights for Anybody {
    async fn allows(&self, _: &Caller, _: &Permission) -> Result<bool, Internal> {
        Ok(true)
    }
}

/// A process, and what outlives it.
struct Stage {
    table: MemoryTable,
    clock: Clock,
    engine: Arc<Engine>,
    open: Arc<Open>,
}

impl Stage {
    async fn new() -> Self {
        let (table, clock) = (MemoryTable::new(), Clock::manual(Time::from_millis(1_000_000_000)));
        let engine = engine(&table, &clock);
        let (now, key) = (engine.now(), key());
        let queue = Queue {
            key: key.clone(),
            id: "id".to_owned(),
            created: now,
            modified: now,
            settings: settings::unset(),
            tags: BTreeMap::new(),
        };
        assert!(engine.create(queue).await.unwrap());
        let open = engine.open(&key).await.unwrap().unwrap();
        Self { table, clock, engine, open }
    }

    /// Another process, on what is on disk.
    async fn restarted(self) -> Self {
        let engine = engine(&self.table, &self.clock);
        let open = engine.open(&key()).await.unwrap().unwrap();
        Self { engine, open, ..self }
    }

    async fn send(&self, bodies: impl IntoIterator<Item = String>, delay: u32) {
        let new = |body| New { body, delay: Some(delay), ..New::default() };
        self.engine.send(&self.open, bodies.into_iter().map(new).collect()).await.unwrap();
    }

    async fn receive(&self) -> Vec<Received> {
        let wanted = Wanted {
            messages: 10,
            patience: Duration::ZERO,
            hidden_for: Duration::from_secs(30),
            attempt: None,
            by: "a test".to_owned(),
        };
        self.engine.receive(&self.open, &wanted).await.unwrap()
    }

    async fn delete(&self, received: &[Received]) {
        let handles: Vec<_> = received.iter().map(|one| one.handle.clone()).collect();
        assert!(self.engine.delete_messages(&self.open, &handles).await.unwrap().iter().all(|done| *done));
    }

    /// Visible, in flight, delayed.
    async fn counts(&self) -> (usize, usize, usize) {
        let counts = self.engine.counts(&self.open).await.unwrap();
        (counts.visible, counts.in_flight, counts.delayed)
    }

    /// Every row that is about this queue's messages.
    async fn rows(&self) -> usize {
        let mut rows = self.table.range(&rows::messages("id"), None, usize::MAX).await.unwrap().len();
        for kind in rows::all_of("id") {
            rows += self.table.range(&kind, None, usize::MAX).await.unwrap().len();
        }
        rows
    }
}

fn key() -> QueueKey {
    QueueKey { account: AccountId::default_account(), region: Region::default(), name: "q".to_owned() }
}

fn engine(table: &MemoryTable, clock: &Clock) -> Arc<Engine> {
    let (table, tasks): (Arc<dyn Table>, _) = (Arc::new(table.clone()), Tasks::new());
    let settings = delivery::Settings::default();
    let delivery = Delivery::new(settings, table.clone(), clock.clone(), Dice::seeded(1), tasks.clone());
    Arc::new(Engine::new(Parts {
        table,
        delivery,
        rights: Arc::new(Anybody),
        clock: clock.clone(),
        dice: Dice::seeded(2),
        reach: Reach { known: 7, part: 5, most: 20 },
        doors: tasks.clone(),
        tasks,
    }))
}

fn numbered(numbers: std::ops::Range<usize>) -> impl Iterator<Item = String> {
    numbers.map(|number| format!("{number:03}"))
}

fn bodies(received: &[Received]) -> Vec<String> {
    received.iter().map(|one| one.message.body.clone()).collect()
}

#[tokio::test]
async fn all_come_in_order_and_leave_nothing() {
    let mut stage = Stage::new().await;
    stage.send(numbered(0..60), 0).await;
    let mut all = Vec::new();
    loop {
        let received = stage.receive().await;
        if received.is_empty() {
            break;
        }
        assert_eq!(stage.counts().await, (60 - all.len() - received.len(), received.len(), 0));
        all.extend(bodies(&received));
        stage.delete(&received).await;
        stage = stage.restarted().await;
    }
    assert_eq!(all, numbered(0..60).collect::<Vec<_>>());
    assert_eq!((stage.counts().await, stage.rows().await), ((0, 0, 0), 0));
}

#[tokio::test]
async fn what_is_in_flight_stays_so_in_another_process() {
    let stage = Stage::new().await;
    stage.send(numbered(0..30), 0).await;
    let taken = [stage.receive().await, stage.receive().await].concat();
    let stage = stage.restarted().await;
    assert_eq!(stage.counts().await, (30 - taken.len(), taken.len(), 0));
    assert_eq!(bodies(&stage.receive().await)[0], format!("{:03}", taken.len()));
    stage.clock.advance(Duration::from_secs(30));
    assert_eq!(stage.counts().await, (30, 0, 0));
    let again = stage.receive().await;
    assert_eq!((&*again[0].message.body, again[0].message.receives), ("000", 2));
}

#[tokio::test]
async fn delays_end_in_their_order() {
    let mut stage = Stage::new().await;
    for delay in (1..=40).rev() {
        stage.send([format!("{delay:03}")], delay).await;
    }
    assert_eq!((stage.receive().await.len(), stage.counts().await), (0, (0, 0, 40)));
    let mut all = Vec::new();
    for second in 1..=40 {
        stage.clock.advance(Duration::from_secs(1));
        assert_eq!(stage.counts().await, (1, 0, 40 - second));
        let received = stage.receive().await;
        all.extend(bodies(&received));
        stage.delete(&received).await;
        if second % 7 == 0 {
            stage = stage.restarted().await;
        }
    }
    assert_eq!(all, numbered(1..41).collect::<Vec<_>>());
    stage.engine.sweep().await.unwrap();
    assert_eq!((stage.counts().await, stage.rows().await), ((0, 0, 0), 0));
}

#[tokio::test]
async fn a_large_body_comes_whole_and_goes_with_its_message() {
    let stage = Stage::new().await;
    let large = "x".repeat(100_000);
    stage.send([large.clone(), "small".to_owned()], 0).await;
    assert_eq!(stage.rows().await, 3);
    let received = stage.receive().await;
    assert_eq!(bodies(&received), [large, "small".to_owned()]);
    stage.delete(&received).await;
    assert_eq!(stage.rows().await, 0);
}

#[tokio::test]
async fn a_purge_takes_what_is_there_and_goes_on_after_a_crash() {
    let stage = Stage::new().await;
    stage.send(numbered(0..500), 0).await;
    stage.send(numbered(500..520), 300).await;
    stage.receive().await;
    stage.engine.purge(&stage.open).await.unwrap().unwrap();
    assert_eq!(stage.counts().await, (0, 0, 0));
    stage.send(numbered(0..1), 0).await;
    assert_eq!(bodies(&stage.receive().await), ["000"]);
    // Another one ends with its process before it has done anything.
    stage.clock.advance(Duration::from_secs(60));
    stage.engine.parts.tasks.stop().await;
    stage.engine.purge(&stage.open).await.unwrap().unwrap();
    assert!(stage.rows().await > 0);
    let stage = stage.restarted().await;
    stage.engine.start().await.unwrap();
    while stage.counts().await != (0, 0, 0) {
        tokio::task::yield_now().await;
    }
    stage.clock.advance(Duration::from_secs(300));
    stage.engine.sweep().await.unwrap();
    assert_eq!(stage.rows().await, 0);
}

#[tokio::test]
async fn what_is_too_old_goes_though_nobody_asks_for_it() {
    let stage = Stage::new().await;
    stage.send(numbered(0..300), 0).await;
    stage.clock.advance(Duration::from_secs(crate::limits::DEFAULT_RETENTION.into()));
    stage.send(numbered(300..301), 0).await;
    stage.clock.advance(Duration::from_secs(1));
    stage.engine.sweep().await.unwrap();
    assert_eq!(stage.counts().await, (1, 0, 0));
    assert_eq!(bodies(&stage.receive().await), ["300"]);
}

#[tokio::test]
async fn messages_that_an_older_process_left_are_found_and_counted() {
    let stage = Stage::new().await;
    let large = "y".repeat(5_000);
    stage.send([large.clone(), "b".to_owned()], 0).await;
    stage.send(["c".to_owned()], 60).await;
    stage.receive().await;
    stage.send(["d".to_owned()], 0).await;
    // Then, a message had but one row, with everything in it.
    let mut old = Transaction::new().remove(rows::count("id"));
    for kind in rows::all_of("id") {
        let entries = stage.table.range(&kind, None, usize::MAX).await.unwrap();
        old = entries.into_iter().fold(old, |old, entry| old.remove(entry.key));
    }
    for entry in stage.table.range(&rows::messages("id"), None, 1).await.unwrap() {
        let text = String::from_utf8(entry.row.value.to_vec()).unwrap();
        old = old.put(entry.key, text.replace(r#""body":"""#, &format!(r#""body":"{large}""#)));
    }
    stage.table.commit(old).await.unwrap();
    let stage = stage.restarted().await;
    assert_eq!(stage.counts().await, (1, 2, 1));
    assert_eq!(bodies(&stage.receive().await), ["d"]);
    stage.clock.advance(Duration::from_secs(60));
    let all = stage.receive().await;
    assert_eq!(bodies(&all), [large, "b".to_owned(), "c".to_owned(), "d".to_owned()]);
    stage.delete(&all).await;
    stage.engine.sweep().await.unwrap();
    assert_eq!((stage.counts().await, stage.rows().await), ((0, 0, 0), 0));
}
