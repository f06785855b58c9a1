//! Waking those who wait for rows under a prefix to change. Shared by the adapters.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

use crate::{Key, Transaction};

/// Wakes when rows under its prefix have changed. Changes between two waits wake the next wait once.
pub struct Watch(Arc<Watcher>);

/// Rows that were put under a prefix.
#[derive(Debug, PartialEq, Eq)]
pub enum Puts {
    Keys(Vec<Key>),
    /// More than are remembered: only the table itself knows.
    TooMany,
}

/// Keys that are remembered between two looks.
const REMEMBERED: usize = 4_096;

#[derive(Default)]
struct Watcher {
    woken: Notify,
    /// None while nobody asks.
    puts: Mutex<Option<Puts>>,
}

impl Watch {
    /// Resolves after a change that came since the last call. May be dropped at any await.
    pub async fn changed(&self) {
        self.0.woken.notified().await;
    }

    /// What was put since the last call; from the first call on it is remembered, so that one says `TooMany`.
    pub fn take_puts(&self) -> Puts {
        let mut puts = self.0.puts.lock().unwrap_or_else(PoisonError::into_inner);
        puts.replace(Puts::Keys(Vec::new())).unwrap_or(Puts::TooMany)
    }
}

impl Watcher {
    fn wake(&self, put: Option<&Key>) {
        if let Some(key) = put {
            let mut puts = self.puts.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *puts {
                Some(Puts::Keys(keys)) if keys.len() < REMEMBERED => keys.push(key.clone()),
                Some(full) => *full = Puts::TooMany,
                None => {}
            }
        }
        self.woken.notify_one();
    }
}

/// Everybody who watches a table.
#[derive(Default)]
pub struct Watchers(Mutex<Watches>);

#[derive(Default)]
struct Watches {
    by_prefix: HashMap<Vec<u8>, Vec<Weak<Watcher>>>,
    /// How many prefixes there are of each length: a changed key is looked up once per length, not once per watcher.
    lengths: BTreeMap<usize, usize>,
}

impl Watchers {
    pub fn watch(&self, prefix: Key) -> Watch {
        let watcher = Arc::new(Watcher::default());
        let mut watches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Watches { by_prefix, lengths } = &mut *watches;
        let at_prefix = by_prefix.entry(prefix.as_bytes().to_vec()).or_default();
        if at_prefix.is_empty() {
            *lengths.entry(prefix.as_bytes().len()).or_default() += 1;
        }
        at_prefix.push(Arc::downgrade(&watcher));
        Watch(watcher)
    }

    /// Wakes those whose prefix a key of this transaction has.
    pub fn committed(&self, transaction: &Transaction) {
        let mut watches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in &transaction.put {
            watches.wake(key, Some(key));
        }
        for key in &transaction.remove {
            watches.wake(key, None);
        }
    }
}

impl Watches {
    fn wake(&mut self, key: &Key, put: Option<&Key>) {
        let Self { by_prefix, lengths } = self;
        let key = key.as_bytes();
        let mut emptied = Vec::new();
        for &length in lengths.keys().take_while(|length| **length <= key.len()) {
            let Some(watchers) = by_prefix.get_mut(&key[..length]) else { continue };
            watchers.retain(|watcher| match watcher.upgrade() {
                Some(watcher) => {
                    watcher.wake(put);
                    true
                }
                None => false,
            });
            if watchers.is_empty() {
                by_prefix.remove(&key[..length]);
                emptied.push(length);
            }
        }
        for length in emptied {
            if let Some(count) = lengths.get_mut(&length) {
                *count -= 1;
                if *count == 0 {
                    lengths.remove(&length);
                }
            }
        }
    }
}
