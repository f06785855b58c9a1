//! Delivery under a crash between any two steps: seeded, on a clock moved by hand, over a table that stops answering.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use delivery::{Attempt, Delivered, Delivery, Event, NewEvent, Settings, SourceOf, State, Target};
use model::{AccountId, Arn, EventId, Internal, Region, Time};
use store::{MemoryTable, Mortal, Table, Transaction};
use tasks::{Clock, Dice, Tasks};

const EVENTS: usize = 12;

/// Ticks of the clock in one life.
const TICKS: usize = 250;

/// What the world outside saw; it survives every crash.
#[derive(Default)]
struct World {
    acknowledged: BTreeSet<EventId>,
    /// Whether each delivery of an event was marked as a repeat, and whether it was taken, in order.
    seen: BTreeMap<EventId, Vec<(bool, bool)>>,
}

struct Moody {
    world: Arc<Mutex<World>>,
    dice: Dice,
}

#[async_trait]
impl Target for Moody {
    fn service(&self) -> &'static str {
        "lambda"
    }

    async fn may_receive(&self, _: &Arn, _: &SourceOf) -> Result<bool, Internal> {
        Ok(true)
    }

    async fn deliver(&self, event: &Event, attempt: Attempt) -> Delivered {
        assert_eq!(attempt.payload, Bytes::from(event.subject.clone()), "each gets its own document");
        let roll = self.dice.below(10);
        let saw = |taken| {
            let mut world = self.world.lock().unwrap();
            world.seen.entry(event.id).or_default().push((attempt.repeat, taken));
        };
        tokio::task::yield_now().await;
        match roll {
            0..4 => {
                saw(true);
                tokio::task::yield_now().await;
                Delivered::Taken { settle: Transaction::new(), answer: Default::default() }
            }
            4..7 => {
                saw(false);
                let (error_type, message) = ("Error".to_owned(), "moody".to_owned());
                Delivered::Failed {
                    error_type,
                    message,
                    settle: Transaction::new(),
                    answer: Default::default(),
                }
            }
            7..9 => Delivered::TryLater { reason: "throttled".to_owned() },
            _ => Delivered::Refused { reason: "gone".to_owned() },
        }
    }
}

fn target(number: usize) -> Arn {
    Arn::new("lambda", "us-east-1", "000000000000", format!("function:f{}", number % 3))
}

fn new_event(number: usize, dice: &Dice) -> NewEvent {
    let subject = format!("event {number}");
    let account = AccountId::default_account();
    let payload = Bytes::from(subject.clone());
    let mut event = NewEvent::new(account, Region::default(), "s3", target(number), payload);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&dice.next().to_le_bytes());
    id[8..].copy_from_slice(&dice.next().to_le_bytes());
    event.id = EventId::from_bytes(id);
    event.subject = subject;
    event
}

/// One life of the platform: accepts what is still to be accepted, delivers, until it dies or nothing is left to do.
async fn live(table: Arc<dyn Table>, clock: Clock, dice: Arc<Dice>, world: Arc<Mutex<World>>) {
    let settings = Settings { retry_after: vec![Duration::from_secs(2)], ..Settings::default() };
    let simulated = Dice::seeded(dice.next());
    let delivery = Delivery::new(settings, table.clone(), clock.clone(), simulated, Tasks::new());
    let moody = Moody { world: world.clone(), dice: Dice::seeded(dice.next()) };
    delivery.start(vec![Arc::new(moody)], Vec::new()).await.unwrap();
    let first = world.lock().unwrap().acknowledged.len();
    for number in first..EVENTS {
        let (id, transaction) = delivery.accept(new_event(number, &dice)).unwrap();
        table.commit(transaction).await.unwrap();
        world.lock().unwrap().acknowledged.insert(id);
    }
    std::future::pending::<()>().await;
}

/// Runs a life on its own runtime while time passes; dropping the runtime is the crash.
fn life(table: Arc<dyn Table>, clock: &Clock, dice: &Arc<Dice>, world: &Arc<Mutex<World>>, tick: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        tokio::spawn(live(table, clock.clone(), dice.clone(), world.clone()));
        for _ in 0..TICKS {
            for _ in 0..40 {
                tokio::task::yield_now().await;
            }
            clock.advance(Duration::from_secs(tick));
        }
    });
}

async fn all_events(table: MemoryTable) -> Vec<Event> {
    let clock = Clock::manual(Time::from_millis(0));
    let delivery = Delivery::new(Settings::default(), Arc::new(table), clock, Dice::seeded(0), Tasks::new());
    delivery.recent(&AccountId::default_account(), None, 1_000).await.unwrap().0
}

/// Gives how many deliveries were marked as repeats.
fn check(seed: u64) -> usize {
    let (inner, dice) = (MemoryTable::new(), Arc::new(Dice::seeded(seed)));
    let (clock, world) =
        (Clock::manual(Time::from_millis(1_000_000)), Arc::new(Mutex::new(World::default())));
    for _ in 0..dice.below(4) + 1 {
        let (steps, last_commit_holds) = (1 + dice.below(150), dice.below(2) == 0);
        let mortal = Mortal::new(inner.clone(), steps, last_commit_holds);
        life(Arc::new(mortal), &clock, &dice, &world, 1);
    }
    life(Arc::new(inner.clone()), &clock, &dice, &world, 120);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let events = runtime.block_on(all_events(inner));
    let world = world.lock().unwrap();
    let known: BTreeSet<EventId> = events.iter().map(|event| event.id).collect();
    assert!(world.acknowledged.is_subset(&known), "seed {seed}: an acknowledged event was lost");
    assert_eq!(world.acknowledged.len(), EVENTS, "seed {seed}");
    for event in &events {
        let seen = world.seen.get(&event.id).map(Vec::as_slice).unwrap_or_default();
        match event.state {
            State::Done => assert!(seen.last().is_some_and(|(_, taken)| *taken), "seed {seed}: {event:?}"),
            State::Dead => {}
            State::Held | State::Pending { .. } => {
                panic!("seed {seed}: still pending after a quiet day: {event:?}")
            }
        }
        for pair in seen.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            assert!(!before.1 || after.0, "seed {seed}: taken, then again without being marked: {event:?}");
        }
    }
    world.seen.values().flatten().filter(|(repeat, _)| *repeat).count()
}

#[test]
fn nothing_acknowledged_is_lost_and_no_repeat_is_unmarked() {
    let repeats: usize = (0..150).map(check).sum();
    assert!(repeats > 20, "the crashes hit deliveries too: {repeats}");
}
