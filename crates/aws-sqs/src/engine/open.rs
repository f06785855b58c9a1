//! A queue that is in use: what is said of it, where its messages are, and who waits for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

use model::{Internal, Time};
use store::Table;
use tokio::sync::{Notify, OnceCell};

use super::adopt::adopt;
use super::index::{Index, Reach, Taken};
use super::message::{InFlight, Sequence};
use super::queue::{Queue, QueueKey};
use super::{Engine, locked, rows};

/// Rows that are read at once.
const STEP: usize = 1_000;

/// One of each queue that was asked for.
pub struct Open {
    queue: RwLock<Arc<Queue>>,
    pub(super) state: Mutex<State>,
    /// Wakes those who wait for messages.
    pub(super) more: Notify,
    /// Who reads on has it: one at a time.
    pub(super) reading: tokio::sync::Mutex<()>,
    loaded: OnceCell<()>,
}

pub struct State {
    pub index: Index,
    /// What was given to a receive with an attempt id.
    pub attempts: HashMap<String, Attempt>,
    pub purged: Option<Time>,
    /// Of a purge that is under way, how many messages are still to go.
    pub doomed: u64,
    pub is_gone: bool,
}

/// What a receive was given, for the same answer to the same asking.
pub struct Attempt {
    pub until: Time,
    pub taken: Vec<Taken>,
}

impl Open {
    fn new(queue: Queue, reach: Reach, now: Time) -> Self {
        let state = State {
            index: Index::new(reach, now),
            attempts: HashMap::new(),
            purged: None,
            doomed: 0,
            is_gone: false,
        };
        Self {
            queue: RwLock::new(Arc::new(queue)),
            state: Mutex::new(state),
            more: Notify::new(),
            reading: tokio::sync::Mutex::default(),
            loaded: OnceCell::new(),
        }
    }

    /// The queue as it is said to be now.
    pub fn queue(&self) -> Arc<Queue> {
        self.queue.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, queue: Queue) {
        *self.queue.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(queue);
        self.more.notify_waiters();
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl Engine {
    /// The queue, with what is in flight of it known; `None` when there is none.
    pub async fn open(&self, key: &QueueKey) -> Result<Option<Arc<Open>>, Internal> {
        let known = locked(&self.open).get(key).cloned();
        let open = match known {
            Some(open) => open,
            None => {
                let Some(row) = self.parts.table.get(&rows::queue(key)).await? else { return Ok(None) };
                let queue = store::decode(&row.value)?;
                let new = || Arc::new(Open::new(queue, self.parts.reach, self.now()));
                locked(&self.open).entry(key.clone()).or_insert_with(new).clone()
            }
        };
        open.loaded.get_or_try_init(|| load(&*self.parts.table, &open, self.now())).await?;
        // Deleted while it was read.
        let is_gone = open.state().is_gone;
        Ok(Some(open).filter(|_| !is_gone))
    }
}

/// Learns from the store which messages are in flight. Of the others it is read as far as they are asked for.
async fn load(table: &dyn Table, open: &Open, now: Time) -> Result<(), Internal> {
    let queue = open.queue();
    adopt(table, &queue.id, now).await?;
    let (all, mut after) = (rows::flights(&queue.id), rows::flight(&queue.id, now, Sequence::MAX));
    loop {
        let entries = table.range(&all, Some(&after), STEP).await?;
        let mut state = open.state();
        for entry in &entries {
            let (until, sequence) = rows::due(&entry.key)?;
            let InFlight { receipt, group } = store::decode(&entry.row.value)?;
            state.index.add_in_flight(sequence, queue.ordered(&group), until, receipt);
        }
        match entries.last() {
            Some(last) if entries.len() == STEP => after = last.key.clone(),
            _ => return Ok(()),
        }
    }
}

impl Queue {
    /// The group in which a message keeps its place. Of a standard queue it keeps none: there groups are for fairness.
    pub fn ordered<'a>(&self, group: &'a Option<String>) -> Option<&'a str> {
        group.as_deref().filter(|_| self.key.is_fifo())
    }
}
