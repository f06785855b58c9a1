//! A queue that is in use: what is said of it, where its messages are, and who waits for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

use model::{EventId, Internal, Time};
use serde::{Deserialize, Serialize};
use store::{KeyPart, Record};
use tokio::sync::{Notify, OnceCell};

use super::index::Index;
use super::message::{Message, Sequence};
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
    loaded: OnceCell<()>,
}

#[derive(Default)]
pub struct State {
    pub index: Index,
    /// What a FIFO queue was sent within the last five minutes, by scope and deduplication id.
    pub sent: HashMap<(String, String), Once>,
    /// What was given to a receive with an attempt id.
    pub attempts: HashMap<String, Attempt>,
    pub purged: Option<Time>,
    pub is_gone: bool,
}

/// A message that is not to be sent again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Once {
    pub id: EventId,
    pub sequence: Sequence,
    pub until: Time,
}

impl Record for Once {
    const VERSION: u32 = 1;
}

/// What a receive was given, for the same answer to the same asking.
pub struct Attempt {
    pub until: Time,
    pub taken: Vec<(Sequence, u64)>,
}

impl Open {
    pub(super) fn new(queue: Queue) -> Self {
        Self {
            queue: RwLock::new(Arc::new(queue)),
            state: Mutex::default(),
            more: Notify::new(),
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
    /// The queue, with its messages known; `None` when there is none.
    pub async fn open(&self, key: &QueueKey) -> Result<Option<Arc<Open>>, Internal> {
        let known = locked(&self.open).get(key).cloned();
        let open = match known {
            Some(open) => open,
            None => {
                let Some(row) = self.parts.table.get(&rows::queue(key)).await? else { return Ok(None) };
                let queue = store::decode(&row.value)?;
                let new = || Arc::new(Open::new(queue));
                locked(&self.open).entry(key.clone()).or_insert_with(new).clone()
            }
        };
        open.loaded.get_or_try_init(|| self.load(&open)).await?;
        // Deleted while it was read.
        let is_gone = open.state().is_gone;
        Ok(Some(open).filter(|_| !is_gone))
    }

    /// Learns from the store which messages there are.
    async fn load(&self, open: &Open) -> Result<(), Internal> {
        let (queue, now) = (open.queue(), self.now());
        let (all, mut after) = (rows::messages(&queue.id), None);
        loop {
            let entries = self.parts.table.range(&all, after.as_ref(), STEP).await?;
            let mut state = open.state();
            for entry in &entries {
                let message: Message = store::decode(&entry.row.value)?;
                self.saw(message.sequence);
                let group = queue.ordered(&message);
                if message.receives > 0 && message.visible > now {
                    state.index.add_in_flight(message.sequence, group, message.visible, message.receipt);
                } else {
                    state.index.add(message.sequence, group, message.due(), now);
                }
            }
            drop(state);
            match entries.last() {
                Some(last) if entries.len() == STEP => after = Some(last.key.clone()),
                _ => break,
            }
        }
        self.load_sent(open).await
    }

    async fn load_sent(&self, open: &Open) -> Result<(), Internal> {
        let id = open.queue().id.clone();
        for entry in self.parts.table.range(&rows::sent_to(&id), None, usize::MAX).await? {
            let once: Once = store::decode(&entry.row.value)?;
            let parts = entry.key.parts().map_err(Internal::because("reading what was sent"))?;
            if let [.., KeyPart::Text(scope), KeyPart::Text(deduplication)] = &parts[..] {
                open.state().sent.insert((scope.to_string(), deduplication.to_string()), once);
            }
        }
        Ok(())
    }
}

impl Queue {
    /// The group in which a message keeps its place. Of a standard queue it keeps none: there groups are for fairness.
    pub fn ordered<'a>(&self, message: &'a Message) -> Option<&'a str> {
        message.group.as_deref().filter(|_| self.key.is_fifo())
    }
}
