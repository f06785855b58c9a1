//! Events of a group reach their target one after the other, in order, whatever fails and however often the process dies.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use delivery::{Attempt, Delivered, Delivery, Event, NewEvent, Settings, SourceOf, Target};
use model::{AccountId, Arn, Internal, Region, Time};
use store::{MemoryTable, Table, Transaction};
use tasks::{Clock, Dice, Tasks};

/// Fails now and then, and sees whether groups are kept apart and in order.
struct Witness {
    dice: Dice,
    taken: Mutex<BTreeMap<String, Vec<u64>>>,
    inside: Mutex<HashSet<String>>,
}

impl Witness {
    fn count(&self) -> usize {
        self.taken.lock().unwrap().values().flatten().collect::<HashSet<_>>().len()
    }
}

#[async_trait]
impl Target for Witness {
    fn service(&self) -> &'static str {
        "sqs"
    }

    async fn may_receive(&self, _: &Arn, _: &SourceOf) -> Result<bool, Internal> {
        Ok(true)
    }

    async fn deliver(&self, event: &Event, attempt: Attempt) -> Delivered {
        let group = event.group.clone().unwrap();
        assert!(self.inside.lock().unwrap().insert(group.clone()), "one at a time");
        for _ in 0..self.dice.below(4) {
            tokio::task::yield_now().await;
        }
        self.inside.lock().unwrap().remove(&group);
        if self.dice.below(3) == 0 {
            return Delivered::TryLater { reason: "not now".to_owned() };
        }
        let number: u64 = serde_json::from_slice(&attempt.payload).unwrap();
        self.taken.lock().unwrap().entry(group).or_default().push(number);
        Delivered::Taken { settle: Transaction::new(), answer: Default::default() }
    }
}

const EVENTS: u64 = 240;

/// One life, over when so many were taken.
fn life(table: &MemoryTable, clock: &Clock, witness: &Arc<Witness>, publish: bool, until: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let settings = Settings::default();
        let shared: Arc<dyn Table> = Arc::new(table.clone());
        let delivery = Delivery::new(settings, shared, clock.clone(), Dice::seeded(1), Tasks::new());
        delivery.start(vec![witness.clone()], Vec::new()).await.unwrap();
        for number in 0..if publish { EVENTS } else { 0 } {
            let (account, target) =
                (AccountId::default_account(), Arn::new("sqs", "us-east-1", "000000000000", "q.fifo"));
            let mut new = NewEvent::new(account, Region::default(), "sns", target, number.to_string().into());
            new.group = Some(format!("group {}", number % 7));
            table.commit(delivery.accept(new).unwrap().1).await.unwrap();
        }
        for _ in 0..100_000 {
            tokio::task::yield_now().await;
            if witness.count() >= until {
                return;
            }
            clock.advance(Duration::from_millis(50));
        }
        panic!("only {} of {until} were taken", witness.count());
    });
}

#[test]
fn groups_keep_their_order_through_failures_and_crashes() {
    for seed in 0..8 {
        let (table, clock) = (MemoryTable::new(), Clock::manual(Time::from_millis(1_000_000)));
        let witness =
            Arc::new(Witness { dice: Dice::seeded(seed), taken: Mutex::default(), inside: Mutex::default() });
        life(&table, &clock, &witness, true, 60);
        witness.inside.lock().unwrap().clear();
        life(&table, &clock, &witness, false, 150);
        witness.inside.lock().unwrap().clear();
        life(&table, &clock, &witness, false, EVENTS as usize);
        for (group, mut taken) in std::mem::take(&mut *witness.taken.lock().unwrap()) {
            // What was taken when the process died, before that was written down, comes once more.
            taken.dedup();
            assert!(taken.is_sorted() && taken.len() >= 34, "seed {seed}, {group}: {taken:?}");
        }
    }
}
