//! Queues under a crash between any two steps: seeded, on a clock moved by hand, over a table that stops answering.
//!
//! Checked: nothing acknowledged is lost; nobody gets a message that another has in hands; groups keep their order; a message
//! is a dead letter exactly when it was received too often; nobody gets one before its delay is over; the counts are right.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use delivery::Delivery;
use model::{AccountId, Caller, Internal, Permission, Region, Time};
use store::{MemoryTable, Mortal, Table};
use tasks::{Clock, Dice, Tasks};
use tokio::task::JoinSet;

use super::{
    Engine, Message, New, Open, Parts, Queue, QueueKey, Reach, Received, Redrive, Rights, Wanted, rows,
};
use crate::settings;

const GROUPS: u64 = 3;
const MESSAGES: u64 = 24;
const RECEIVES: u32 = 4;
const HIDDEN_FOR: Duration = Duration::from_secs(30);
/// Seconds of a life: fewer than a FIFO queue knows what it was sent for.
const TICKS: usize = 200;

struct Nobody;

#[async_trait]
impl Rights for Nobody {
    async fn allows(&self, _: &Caller, _: &Permission) -> Result<bool, Internal> {
        Ok(true)
    }
}

/// What the world outside saw; it survives every crash.
#[derive(Default)]
struct World {
    is_fifo: bool,
    sent: u64,
    acknowledged: BTreeSet<String>,
    /// Whose deletion was answered.
    done: BTreeSet<String>,
    /// Whose deletion was asked for.
    maybe_done: BTreeSet<String>,
    /// Before that its delay is not over.
    due: BTreeMap<String, Time>,
    /// Until when nobody else may get it.
    in_hands: BTreeMap<String, Time>,
}

fn key(name: &str) -> QueueKey {
    QueueKey { account: AccountId::default_account(), region: Region::default(), name: name.to_owned() }
}

fn engine(table: Arc<dyn Table>, clock: &Clock, dice: &Dice) -> Arc<Engine> {
    let tasks = Tasks::new();
    let settings = delivery::Settings::default();
    let delivery =
        Delivery::new(settings, table.clone(), clock.clone(), Dice::seeded(dice.next()), tasks.clone());
    Arc::new(Engine::new(Parts {
        table,
        delivery,
        rights: Arc::new(Nobody),
        clock: clock.clone(),
        dice: Dice::seeded(dice.next()),
        // Small, so that memory ends in the midst of everything.
        reach: Reach {
            known: 1 + dice.below(4) as usize,
            part: 1 + dice.below(3) as usize,
            most: 4 + dice.below(8) as usize,
        },
        doors: tasks.clone(),
        tasks,
    }))
}

async fn make_queues(engine: &Engine) {
    for name in ["dead.fifo", "dead", "q.fifo", "q"] {
        let mut settings = settings::unset();
        settings.visibility_timeout = HIDDEN_FOR.as_secs() as u32;
        if let Some(kind) = name.strip_prefix('q') {
            let target = key(&format!("dead{kind}")).arn();
            settings.redrive = Some(Redrive { target, receives: RECEIVES });
        }
        let now = engine.now();
        let (id, tags) = (name.to_owned(), BTreeMap::new());
        let queue = Queue { key: key(name), id, created: now, modified: now, settings, tags };
        assert!(engine.create(queue).await.unwrap());
    }
}

/// `group-number`, in the order of the group.
fn body(number: u64) -> (String, String) {
    let group = format!("g{}", number % GROUPS);
    (format!("{group}-{:03}", number / GROUPS), group)
}

async fn produce(engine: Arc<Engine>, open: Arc<Open>, stage: Stage) {
    loop {
        let number = stage.world.lock().unwrap().sent;
        if number == MESSAGES {
            return;
        }
        let (mut text, group) = body(number);
        // Sent again after a crash it is the same message, where the queue knows of such things.
        if stage.kind.is_empty() {
            text = format!("{text}#{}", stage.dice.next());
        }
        let delay = Some(stage.dice.below(9).saturating_sub(5) as u32).filter(|_| stage.kind.is_empty());
        if let Some(delay) = delay {
            let due = engine.now() + Duration::from_secs(delay.into());
            stage.world.lock().unwrap().due.insert(text.clone(), due);
        }
        let deduplication = Some(text.clone());
        let new = New { body: text.clone(), group: Some(group), deduplication, delay, ..New::default() };
        engine.send(&open, vec![new]).await.unwrap();
        let mut world = stage.world.lock().unwrap();
        world.acknowledged.insert(text);
        world.sent += 1;
    }
}

/// What lies in a queue, by its rows: whatever dies, they are there.
async fn lying(table: &MemoryTable, queue: &str) -> BTreeMap<String, u32> {
    let entries = table.range(&rows::messages(queue), None, usize::MAX).await.unwrap();
    let messages = entries.iter().map(|entry| store::decode::<Message>(&entry.row.value).unwrap());
    messages.map(|message| (message.body, message.receives)).collect()
}

async fn consume(engine: Arc<Engine>, open: Arc<Open>, stage: Stage) {
    let wanted = Wanted {
        messages: 3,
        patience: Duration::from_secs(20),
        hidden_for: HIDDEN_FOR,
        attempt: None,
        by: "the simulation".to_owned(),
    };
    loop {
        let received = engine.receive(&open, &wanted).await.unwrap();
        let now = engine.now();
        let buried = lying(&stage.table, &format!("dead{}", stage.kind)).await;
        {
            let mut world = stage.world.lock().unwrap();
            check(&world, &received, &buried, now);
            for one in &received {
                world.in_hands.insert(one.message.body.clone(), now + HIDDEN_FOR);
            }
        }
        for one in received {
            let text = one.message.body.clone();
            match stage.dice.below(10) {
                0..4 => {
                    stage.world.lock().unwrap().maybe_done.insert(text.clone());
                    engine.delete_messages(&open, &[one.handle]).await.unwrap();
                    // By a handle whose time is over, it may be another's by now.
                    if engine.now() < now + HIDDEN_FOR {
                        stage.world.lock().unwrap().done.insert(text);
                    }
                }
                4..8 => {
                    stage.world.lock().unwrap().in_hands.remove(&text);
                    let _ = engine.hide(&open, &one.handle, Duration::ZERO).await.unwrap();
                }
                _ => {}
            }
            tokio::task::yield_now().await;
        }
    }
}

fn check(world: &World, received: &[Received], buried: &BTreeMap<String, u32>, now: Time) {
    for (place, one) in received.iter().enumerate() {
        let text = &one.message.body;
        assert!(one.message.receives <= RECEIVES, "{text} should be a dead letter");
        assert!(!world.done.contains(text) && !buried.contains_key(text), "{text} is gone");
        let until = world.in_hands.get(text);
        assert!(until.is_none_or(|until| *until <= now), "{text} is in other hands until {until:?}");
        assert!(world.due.get(text).is_none_or(|due| *due <= now), "{text} came too early");
        if !world.is_fifo {
            continue;
        }
        // Those before it of its group are gone, or come before it in this very answer.
        let with_it: BTreeSet<_> = received[..place].iter().map(|one| &one.message.body).collect();
        for earlier in world.acknowledged.range(text[..3].to_owned()..text.clone()) {
            let is_gone = world.maybe_done.contains(earlier) || buried.contains_key(earlier);
            assert!(is_gone || with_it.contains(earlier), "{text} came before {earlier}");
        }
    }
}

/// What a life is played on.
#[derive(Clone)]
struct Stage {
    /// What the next life finds.
    table: MemoryTable,
    clock: Clock,
    dice: Arc<Dice>,
    world: Arc<Mutex<World>>,
    /// `.fifo`, or nothing.
    kind: &'static str,
}

/// Runs a life on its own runtime while time passes; dropping the runtime is the crash.
fn life(stage: &Stage, steps: Option<u64>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let table: Arc<dyn Table> = match steps {
        Some(steps) => Arc::new(Mortal::new(stage.table.clone(), steps, stage.dice.below(2) == 0)),
        None => Arc::new(stage.table.clone()),
    };
    let clock = stage.clock.clone();
    runtime.block_on(async {
        let stage = stage.clone();
        let played = tokio::spawn(async move {
            let engine = engine(table, &stage.clock, &stage.dice);
            let open = engine.open(&key(&format!("q{}", stage.kind))).await.unwrap().unwrap();
            let mut all = JoinSet::new();
            for _ in 0..2 {
                all.spawn(consume(engine.clone(), open.clone(), stage.clone()));
            }
            all.spawn(produce(engine, open, stage));
            while let Some(ended) = all.join_next().await {
                ended.unwrap();
            }
        });
        for _ in 0..TICKS {
            for _ in 0..40 {
                tokio::task::yield_now().await;
            }
            if played.is_finished() {
                return played.await.unwrap();
            }
            clock.advance(Duration::from_secs(1));
        }
    });
}

/// How many messages a new process counts in the queue and its dead-letter queue, and that none is in flight or delayed
/// any more when all times are over.
async fn counted(stage: &Stage) -> (usize, usize) {
    stage.clock.advance(HIDDEN_FOR);
    let engine = engine(Arc::new(stage.table.clone()), &stage.clock, &stage.dice);
    let mut visible = Vec::new();
    for name in ["q", "dead"] {
        let open = engine.open(&key(&format!("{name}{}", stage.kind))).await.unwrap().unwrap();
        let counts = engine.counts(&open).await.unwrap();
        assert_eq!((counts.in_flight, counts.delayed), (0, 0), "{name}");
        visible.push(counts.visible);
    }
    (visible[0], visible[1])
}

/// Gives how many became dead letters.
fn play(seed: u64, kind: &'static str) -> usize {
    let (table, dice) = (MemoryTable::new(), Arc::new(Dice::seeded(seed)));
    let world = World { is_fifo: !kind.is_empty(), ..World::default() };
    let clock = Clock::manual(Time::from_millis(1_000_000_000));
    let stage = Stage { table, clock, dice, world: Arc::new(Mutex::new(world)), kind };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(make_queues(&engine(Arc::new(stage.table.clone()), &stage.clock, &stage.dice)));
    for _ in 0..stage.dice.below(5) + 1 {
        life(&stage, Some(1 + stage.dice.below(200)));
    }
    life(&stage, None);
    let (left, dead) = runtime.block_on(async {
        let dead = lying(&stage.table, &format!("dead{kind}")).await;
        (lying(&stage.table, &format!("q{kind}")).await, dead)
    });
    let counted = runtime.block_on(counted(&stage));
    let world = stage.world.lock().unwrap();
    assert_eq!(counted, (left.len(), dead.len()), "seed {seed}");
    assert_eq!(world.sent, MESSAGES, "seed {seed}");
    for text in &world.acknowledged {
        let is_there = left.contains_key(text) || dead.contains_key(text) || world.maybe_done.contains(text);
        assert!(is_there, "seed {seed}: {text} was lost");
        assert!(!(left.contains_key(text) && dead.contains_key(text)), "seed {seed}: {text} is there twice");
    }
    for text in &world.done {
        assert!(!left.contains_key(text) && !dead.contains_key(text), "seed {seed}: {text} came back");
    }
    for (text, receives) in &dead {
        assert_eq!(*receives, RECEIVES, "seed {seed}: {text} is a dead letter");
    }
    dead.len()
}

#[test]
fn queues_lose_nothing_and_keep_their_word() {
    let dead: usize = (0..40).map(|seed| play(seed, "")).sum();
    assert!(dead > 20, "some were received too often: {dead}");
}

#[test]
fn fifo_queues_keep_their_order_too() {
    let dead: usize = (0..40).map(|seed| play(seed, ".fifo")).sum();
    assert!(dead > 20, "some were received too often: {dead}");
}
