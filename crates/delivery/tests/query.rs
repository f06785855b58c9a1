//! What people ask about events: how many, which, what changed, what came of one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use delivery::{
    Attempt, Counts, Delivered, Delivery, Event, NewEvent, Settings, SourceOf, State, StepKind, Target,
};
use model::{AccountId, Arn, Cause, EventId, Internal, InvocationId, Region, Time};
use store::{MemoryTable, Table, Transaction};
use tasks::{Clock, Dice, Tasks};

/// Takes what goes to `f`, refuses what goes to `g`, and is always too busy for `h`.
struct Moody;

#[async_trait]
impl Target for Moody {
    fn service(&self) -> &'static str {
        "lambda"
    }

    async fn may_receive(&self, _: &Arn, _: &SourceOf) -> Result<bool, Internal> {
        Ok(true)
    }

    async fn deliver(&self, event: &Event, _: Attempt) -> Delivered {
        match event.target.resource.as_str() {
            "function:f" => Delivered::Taken { settle: Transaction::new(), answer: Default::default() },
            "function:g" => Delivered::Refused { reason: "gone".to_owned() },
            _ => Delivered::TryLater { reason: "busy".to_owned() },
        }
    }
}

struct World {
    table: MemoryTable,
    clock: Clock,
    delivery: Delivery,
}

fn target(name: char) -> Arn {
    Arn::new("lambda", "us-east-1", "000000000000", format!("function:{name}"))
}

async fn world() -> World {
    let (table, clock) = (MemoryTable::new(), Clock::manual(Time::from_millis(1_000)));
    let shared: Arc<dyn Table> = Arc::new(table.clone());
    let delivery = Delivery::new(Settings::default(), shared, clock.clone(), Dice::seeded(1), Tasks::new());
    delivery.start(vec![Arc::new(Moody)], Vec::new()).await.unwrap();
    World { table, clock, delivery }
}

impl World {
    async fn accept(&self, name: char, cause: Option<Cause>) -> EventId {
        let account = AccountId::default_account();
        let new = NewEvent::new(account, Region::default(), "s3", target(name), Bytes::new());
        let (id, transaction) = self.delivery.accept(NewEvent { cause, ..new }).unwrap();
        self.table.commit(transaction).await.unwrap();
        self.clock.advance(Duration::from_millis(1));
        id
    }

    /// Waits until every event has been tried.
    async fn settled(&self) {
        let watch = self.delivery.watch();
        let untried = |event: &Event| {
            let last = event.steps.last().map(|step| &step.kind);
            matches!(last, Some(StepKind::Received | StepKind::Started { .. }))
        };
        while !self.delivery.find(&AccountId::default_account(), None, 1, untried).await.unwrap().0.is_empty()
        {
            watch.changed().await;
        }
    }
}

#[tokio::test]
async fn events_are_counted_found_and_followed() {
    let (world, account) = (world().await, AccountId::default_account());
    let (_, start) = world.delivery.changed(&account, 0).await.unwrap();
    for name in "fffghf".chars() {
        world.accept(name, None).await;
    }
    world.settled().await;
    let counts = world.delivery.counts(&account).await.unwrap();
    assert_eq!(counts, Counts { pending: 1, done: 4, dead: 1 });
    assert_eq!(counts.accepted(), 6);
    let done = |event: &Event| event.state == State::Done;
    let (first, after) = world.delivery.find(&account, None, 3, done).await.unwrap();
    let (second, end) = world.delivery.find(&account, after, 3, done).await.unwrap();
    assert_eq!((first.len(), second.len(), end), (3, 1, None));
    assert!(first[2].received > second[0].received);
    let (changed, latest) = world.delivery.changed(&account, start).await.unwrap();
    assert_eq!(changed.len(), 6);
    assert!(world.delivery.changed(&account, latest).await.unwrap().0.is_empty());
    let id = world.accept('f', None).await;
    let (changed, _) = world.delivery.changed(&account, latest).await.unwrap();
    assert_eq!(changed.iter().map(|event| event.id).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn what_came_of_an_event_is_found_by_its_cause() {
    let world = &world().await;
    let root = world.accept('f', None).await;
    let cause = Cause {
        invocation: InvocationId::from(root),
        event: Some(root),
        roots: vec![],
        function: target('f'),
        chain: vec![target('f')],
    };
    let first = world.accept('g', Some(cause.clone())).await;
    world.accept('f', None).await;
    let second = world.accept('f', Some(cause)).await;
    // Another came out of both, and a step later another of that.
    let event = |id| async move { world.delivery.event(id).await.unwrap().unwrap() };
    let parents = [event(first).await, event(second).await];
    let new =
        |target| NewEvent::new(AccountId::default_account(), Region::default(), "sqs", target, Bytes::new());
    let (batch, rows) = world.delivery.hold(&new(target('q')).out_of(&parents)).unwrap();
    world.table.commit(rows).await.unwrap();
    let (last, rows) = world.delivery.hold(&new(target('f')).out_of([&batch])).unwrap();
    world.table.commit(rows).await.unwrap();
    for id in [root, first, last.id] {
        let (tree, complete) = world.delivery.tree(&event(id).await).await.unwrap();
        let ids: std::collections::BTreeSet<_> = tree.iter().map(|event| event.id).collect();
        assert_eq!(ids, [root, first, second, batch.id, last.id].into());
        assert_eq!((tree[0].id, complete), (root, true));
    }
    assert_eq!(batch.parents, [first, second]);
    assert_eq!(batch.cause.as_ref().map(|cause| cause.event), Some(Some(root)));
    // What is held is told of by its holder.
    for times in 1..=3 {
        let step = StepKind::Handed { to: "somebody".to_owned(), times };
        let rows = world.delivery.note(last.id, step, State::Held).await.unwrap();
        world.table.commit(rows).await.unwrap();
    }
    let rows = world.delivery.note(last.id, StepKind::Done { attempt: 0 }, State::Done).await.unwrap();
    world.table.commit(rows).await.unwrap();
    let last = event(last.id).await;
    assert_eq!((last.state, last.steps.len()), (State::Done, 3), "{:?}", last.steps);
}
