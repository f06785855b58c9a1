//! Topics, queues, mappings and functions together, under a crash between any two steps and on a clock that jumps: seeded.
//!
//! Checked while it runs: nobody is given a message that another has in hands, groups keep their order, nothing is received more
//! often than its queue allows, and the books agree with each other (`books.rs`). Checked in the end: whatever was acknowledged
//! has been handled, or lies where dead letters lie.

mod actors;
mod books;
mod function;
mod platform;
mod world;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::Time;
use store::{MemoryTable, Mortal, Table};
use tasks::{Clock, Dice};

use platform::Platform;
use world::World;

/// Seconds of a life.
const TICKS: u64 = 220;

/// What a life is played on.
#[derive(Clone)]
struct Stage {
    /// What the next life finds, and what is looked into meanwhile.
    table: MemoryTable,
    clock: Clock,
    dice: Arc<Dice>,
    world: Arc<Mutex<World>>,
    /// What checks found that cannot stop the test where they stand.
    faults: Arc<Mutex<Vec<String>>>,
}

/// How a life goes.
#[derive(Clone, Copy)]
struct Life {
    /// Steps of the store until it dies.
    steps: Option<u64>,
    /// Functions fail now and then, and clocks jump.
    moody: bool,
    /// How long a tick is.
    tick: Duration,
}

impl Stage {
    /// Runs a life on its own runtime while time passes; dropping the runtime is the crash.
    fn live(&self, life: Life) {
        let table: Arc<dyn Table> = match life.steps {
            Some(steps) => Arc::new(Mortal::new(self.table.clone(), steps, self.dice.below(2) == 0)),
            None => Arc::new(self.table.clone()),
        };
        platform::runtime().block_on(async {
            let stage = self.clone();
            let played = tokio::spawn(async move {
                let platform = Platform::start(&stage, table, life.moody).await;
                actors::play(platform, stage).await;
            });
            for _ in 0..TICKS {
                for _ in 0..60 {
                    tokio::task::yield_now().await;
                }
                if played.is_finished() {
                    // Only a failed check ends it.
                    return played.await.unwrap();
                }
                if self.dice.below(6) == 0 {
                    books::check(self, false).await;
                }
                self.pass(life);
            }
        });
    }

    /// Time passes; now and then it jumps.
    fn pass(&self, life: Life) {
        let now = self.clock.now();
        match self.dice.below(40) {
            0 if life.moody => self.clock.advance(Duration::from_secs(self.dice.below(400))),
            1 if life.moody => {
                let back = self.dice.below(400) as i64 * 1_000;
                self.clock.set(Time::from_millis(now.as_millis() - back));
            }
            _ => self.clock.advance(life.tick),
        }
    }
}

/// Gives how many became dead letters.
fn play(seed: u64) -> usize {
    let dice = Arc::new(Dice::seeded(seed));
    let clock = Clock::manual(Time::from_millis(1_790_000_000_000));
    let stage =
        Stage { table: platform::prepared(), clock, dice, world: Arc::default(), faults: Arc::default() };
    for _ in 0..stage.dice.below(5) + 1 {
        let steps = Some(100 + stage.dice.below(2_500));
        stage.live(Life { steps, moody: true, tick: Duration::from_secs(1) });
    }
    stage.live(Life { steps: None, moody: true, tick: Duration::from_secs(1) });
    stage.live(Life { steps: None, moody: false, tick: Duration::from_secs(90) });
    let runtime = platform::runtime();
    let dead = runtime.block_on(books::check(&stage, true));
    stage.world.lock().unwrap().check_end(&dead);
    dead.len()
}

/// `DAYFLY_SEEDS` plays so many, `DAYFLY_SEED` one again.
#[test]
fn whatever_was_acknowledged_is_handled_or_accounted_for() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("DAYFLY_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("DAYFLY_SEEDS").unwrap_or(12),
    };
    let one = |seed: u64| {
        // Shown only when it fails.
        println!("seed {seed}");
        play(seed)
    };
    let dead: usize = seeds.map(one).sum();
    assert!(dead > 0, "some were received too often");
}
