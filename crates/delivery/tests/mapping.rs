//! Mappings: what is taken in batches reaches its target, and what becomes of each item is said.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use delivery::{
    Attempt, Delivered, Delivery, Event, Fate, Item, Mapping, NewEvent, Settings, Source, SourceOf,
    SourceShape, StepKind, Target, Want,
};
use model::{AccountId, Arn, Failure, Internal, Region, Time};
use serde_json::{Value, json};
use store::{MemoryTable, Table, Transaction};
use tasks::{Clock, Dice, Tasks};
use tokio::sync::{Notify, Semaphore};

/// A source in memory. What is said to go back is not given again.
struct Shelf {
    clock: Clock,
    items: Mutex<VecDeque<Item>>,
    more: Notify,
    fates: Mutex<Vec<(String, Fate)>>,
}

impl Shelf {
    fn put(&self, id: usize, event: Option<Event>) {
        let record = json!({ "id": id });
        let item =
            Item { id: id.to_string(), receipt: String::new(), record, group: None, takings: 1, event };
        self.items.lock().unwrap().push_back(item);
        self.more.notify_one();
    }

    fn said(&self, fate: Fate) -> Vec<usize> {
        let fates = self.fates.lock().unwrap();
        let mut said: Vec<_> =
            fates.iter().filter(|(_, one)| *one == fate).map(|(id, _)| id.parse().unwrap()).collect();
        said.sort_unstable();
        said
    }
}

#[async_trait]
impl Source for Shelf {
    fn service(&self) -> &'static str {
        "sqs"
    }

    async fn shape(&self, _: &Arn) -> Result<Option<SourceShape>, Internal> {
        Ok(Some(SourceShape { hidden_for: Duration::from_secs(30), is_ordered: false, policy: None }))
    }

    async fn take(&self, _: &Arn, want: &Want) -> Result<Vec<Item>, Failure> {
        let until = self.clock.now() + want.patience;
        loop {
            {
                let mut items = self.items.lock().unwrap();
                let count = want.items.min(items.len());
                if count > 0 {
                    return Ok(items.drain(..count).collect());
                }
            }
            tokio::select! {
                () = self.more.notified() => {}
                () = self.clock.sleep_until(until) => return Ok(Vec::new()),
            }
        }
    }

    async fn settle(&self, _: &Arn, fates: &[(Item, Fate)]) -> Result<(), Failure> {
        self.fates.lock().unwrap().extend(fates.iter().map(|(item, fate)| (item.id.clone(), *fate)));
        Ok(())
    }
}

type Answer = fn(&[u64]) -> Delivered;

struct Handler {
    answer: Answer,
    batches: Mutex<Vec<Vec<u64>>>,
    /// Lets calls end.
    ends: Semaphore,
    inside: Mutex<(usize, usize)>,
}

#[async_trait]
impl Target for Handler {
    fn service(&self) -> &'static str {
        "lambda"
    }

    async fn may_receive(&self, _: &Arn, _: &SourceOf) -> Result<bool, Internal> {
        Ok(true)
    }

    async fn deliver(&self, _: &Event, attempt: Attempt) -> Delivered {
        let document: Value = serde_json::from_slice(&attempt.payload).unwrap();
        let ids = document["Records"].as_array().unwrap().iter();
        let ids: Vec<_> = ids.map(|record| record["id"].as_u64().unwrap()).collect();
        self.batches.lock().unwrap().push(ids.clone());
        {
            let (inside, most) = &mut *self.inside.lock().unwrap();
            *inside += 1;
            *most = (*most).max(*inside);
        }
        self.ends.acquire().await.unwrap().forget();
        self.inside.lock().unwrap().0 -= 1;
        (self.answer)(&ids)
    }
}

fn taken(answer: &str) -> Delivered {
    Delivered::Taken { settle: Transaction::new(), answer: Bytes::copy_from_slice(answer.as_bytes()).into() }
}

fn failed() -> Delivered {
    let (error_type, message) = ("ValueError".to_owned(), "bad".to_owned());
    Delivered::Failed { error_type, message, settle: Transaction::new(), answer: Default::default() }
}

struct Stage {
    shelf: Arc<Shelf>,
    handler: Arc<Handler>,
    delivery: Delivery,
    table: Arc<MemoryTable>,
    clock: Clock,
}

impl Stage {
    async fn new(answer: Answer, ends: usize) -> Self {
        let (table, clock) = (Arc::new(MemoryTable::new()), Clock::manual(Time::from_millis(1_000_000)));
        let delivery =
            Delivery::new(Settings::default(), table.clone(), clock.clone(), Dice::seeded(1), Tasks::new());
        let shelf = Arc::new(Shelf {
            clock: clock.clone(),
            items: Mutex::default(),
            more: Notify::new(),
            fates: Mutex::default(),
        });
        let handler = Arc::new(Handler {
            answer,
            batches: Mutex::default(),
            ends: Semaphore::new(ends),
            inside: Mutex::default(),
        });
        delivery.start(vec![handler.clone()], vec![shelf.clone()]).await.unwrap();
        Self { shelf, handler, delivery, table, clock }
    }

    async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        for _ in 0..100_000 {
            if is_so(self) {
                return;
            }
            tokio::task::yield_now().await;
        }
        let batches = self.handler.batches.lock().unwrap();
        panic!("it did not come: {batches:?} {:?}", self.shelf.fates.lock().unwrap());
    }

    fn batches(&self) -> Vec<Vec<u64>> {
        self.handler.batches.lock().unwrap().clone()
    }
}

fn mapping() -> Mapping {
    Mapping {
        account: AccountId::default_account(),
        region: Region::default(),
        source: Arn::new("sqs", "us-east-1", "000000000000", "q"),
        target: Arn::new("lambda", "us-east-1", "000000000000", "function:f"),
        items: 3,
        window: Duration::ZERO,
        filter: None,
        partial: false,
        first: 5,
        most: 1_000,
    }
}

const PLENTY: usize = 10_000;

#[tokio::test]
async fn each_item_is_said_to_be_done_or_goes_back() {
    fn even_fail(ids: &[u64]) -> Delivered {
        let failed =
            ids.iter().filter(|id| *id % 2 == 0).map(|id| json!({ "itemIdentifier": id.to_string() }));
        taken(&json!({ "batchItemFailures": failed.collect::<Vec<_>>() }).to_string())
    }
    let all = || (0..7).collect::<Vec<usize>>();
    let table: [(Answer, bool, Vec<usize>, Vec<usize>); 5] = [
        (|_| taken(""), false, all(), vec![]),
        (|_| failed(), false, vec![], all()),
        (even_fail, true, vec![1, 3, 5], vec![0, 2, 4, 6]),
        (even_fail, false, all(), vec![]),
        (|_| taken("no"), true, vec![], all()),
    ];
    for (answer, partial, done, back) in table {
        let stage = Stage::new(answer, PLENTY).await;
        (0..7).for_each(|id| stage.shelf.put(id, None));
        let poller = stage.delivery.map(Mapping { partial, ..mapping() });
        stage.until(|stage| stage.shelf.fates.lock().unwrap().len() == 7).await;
        assert_eq!((stage.shelf.said(Fate::Done), stage.shelf.said(Fate::BACK)), (done, back));
        assert_eq!(stage.batches(), [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
        poller.stop().await;
    }
}

#[tokio::test]
async fn what_the_filter_does_not_let_through_is_dropped_unseen() {
    let stage = Stage::new(|_| failed(), PLENTY).await;
    (0..6).for_each(|id| stage.shelf.put(id, None));
    let odd: delivery::Filter = Arc::new(|record| record["id"].as_u64().unwrap() % 2 == 1);
    let poller = stage.delivery.map(Mapping { filter: Some(odd), ..mapping() });
    stage.until(|stage| stage.shelf.fates.lock().unwrap().len() == 6).await;
    assert_eq!((stage.shelf.said(Fate::Done), stage.shelf.said(Fate::BACK)), (vec![0, 2, 4], vec![1, 3, 5]));
    assert_eq!(stage.batches(), [vec![1], vec![3, 5]]);
    poller.stop().await;
}

#[tokio::test]
async fn a_batch_waits_for_more_as_long_as_its_window() {
    let stage = Stage::new(|_| taken(""), PLENTY).await;
    let poller = stage.delivery.map(Mapping { items: 5, window: Duration::from_secs(3), ..mapping() });
    stage.shelf.put(1, None);
    stage.until(|stage| stage.shelf.items.lock().unwrap().is_empty()).await;
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(stage.batches().is_empty(), "it waits");
    (2..6).for_each(|id| stage.shelf.put(id, None));
    stage.until(|stage| stage.batches().len() == 1).await;
    assert_eq!(stage.batches(), [vec![1, 2, 3, 4, 5]], "full before its time");
    stage.shelf.put(6, None);
    stage.until(|stage| stage.shelf.items.lock().unwrap().is_empty()).await;
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    stage.clock.advance(Duration::from_secs(4));
    stage.until(|stage| stage.batches().len() == 2).await;
    poller.stop().await;
}

#[tokio::test]
async fn no_more_are_handled_at_once_than_is_said() {
    for (most, expected) in [(2, 2), (1_000, 5)] {
        let stage = Stage::new(|_| taken(""), 0).await;
        (0..60).for_each(|id| stage.shelf.put(id, None));
        let poller = stage.delivery.map(Mapping { most, ..mapping() });
        stage.until(|stage| stage.batches().len() == expected).await;
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        assert_eq!(stage.handler.inside.lock().unwrap().1, expected);
        stage.handler.ends.add_permits(PLENTY);
        stage.until(|stage| stage.shelf.said(Fate::Done).len() == 60).await;
        assert!(stage.handler.inside.lock().unwrap().1 <= expected.max(10));
        poller.stop().await;
    }
}

#[tokio::test]
async fn who_is_told_to_stop_ends_what_runs_and_gives_back_what_waits() {
    let stage = Stage::new(|_| taken(""), 0).await;
    let poller = stage.delivery.map(Mapping { window: Duration::from_secs(100), ..mapping() });
    (0..4).for_each(|id| stage.shelf.put(id, None));
    stage.until(|stage| stage.batches().len() == 1 && stage.shelf.items.lock().unwrap().is_empty()).await;
    let stopping = tokio::spawn(async move { poller.stop().await });
    let at_once = Fate::Back { after: Some(Duration::ZERO) };
    stage.until(|stage| stage.shelf.said(at_once) == [3]).await;
    assert!(!stopping.is_finished(), "the first batch runs");
    stage.handler.ends.add_permits(1);
    stopping.await.unwrap();
    assert_eq!(stage.shelf.said(Fate::Done), [0, 1, 2]);
}

#[tokio::test]
async fn a_throttled_target_gets_its_items_later() {
    let stage = Stage::new(|_| Delivered::TryLater { reason: "throttled".to_owned() }, PLENTY).await;
    (0..6).for_each(|id| stage.shelf.put(id, None));
    let poller = stage.delivery.map(mapping());
    stage.until(|stage| stage.shelf.said(Fate::BACK).len() == 6).await;
    poller.stop().await;
}

#[tokio::test]
async fn a_batch_is_an_event_out_of_those_of_its_items() {
    let stage = Stage::new(|_| failed(), PLENTY).await;
    let mut roots = Vec::new();
    for id in 0..3 {
        let Mapping { account, region, source, .. } = mapping();
        let new = NewEvent::new(account, region, "sqs", source, Bytes::new());
        let (event, rows) = stage.delivery.hold(&new).unwrap();
        stage.table.commit(rows).await.unwrap();
        roots.push(event.id);
        stage.shelf.put(id, Some(event));
    }
    let poller = stage.delivery.map(mapping());
    stage.until(|stage| stage.shelf.said(Fate::BACK).len() == 3).await;
    poller.stop().await;
    let account = AccountId::default_account();
    let (events, _) = stage.delivery.recent(&account, None, 10).await.unwrap();
    let batch = events.iter().find(|event| event.source == "lambda").unwrap();
    assert_eq!((&batch.parents, &*batch.subject), (&roots, "3 items of q"));
    let steps: Vec<_> = batch.steps.iter().map(|step| &step.kind).collect();
    assert!(
        matches!(
            steps[..],
            [
                StepKind::Received,
                StepKind::Started { .. },
                StepKind::Failed { .. },
                StepKind::Returned { items: 3 }
            ]
        ),
        "{steps:?}"
    );
    assert_eq!(stage.delivery.tree(batch).await.unwrap().0.len(), 4);
}
