//! Waking those who wait for rows under a prefix to change. Shared by the adapters.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

use crate::Key;

/// Wakes when rows under its prefix have changed. Changes between two waits wake the next wait once.
pub struct Watch(Arc<Notify>);

impl Watch {
    /// Resolves after a change that came since the last call. May be dropped at any await.
    pub async fn changed(&self) {
        self.0.notified().await;
    }
}

/// Everybody who watches a table.
#[derive(Default)]
pub struct Watchers(Mutex<Watches>);

#[derive(Default)]
struct Watches {
    by_prefix: HashMap<Vec<u8>, Vec<Weak<Notify>>>,
    /// How many prefixes there are of each length: a changed key is looked up once per length, not once per watcher.
    lengths: BTreeMap<usize, usize>,
}

impl Watchers {
    pub fn watch(&self, prefix: Key) -> Watch {
        let notify = Arc::new(Notify::new());
        let mut watches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Watches { by_prefix, lengths } = &mut *watches;
        let at_prefix = by_prefix.entry(prefix.as_bytes().to_vec()).or_default();
        if at_prefix.is_empty() {
            *lengths.entry(prefix.as_bytes().len()).or_default() += 1;
        }
        at_prefix.push(Arc::downgrade(&notify));
        Watch(notify)
    }

    /// Wakes those whose prefix one of these keys has.
    pub fn changed<'a>(&self, keys: impl Iterator<Item = &'a Key>) {
        let mut watches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            watches.wake(key.as_bytes());
        }
    }
}

impl Watches {
    fn wake(&mut self, key: &[u8]) {
        let Self { by_prefix, lengths } = self;
        let mut emptied = Vec::new();
        for &length in lengths.keys().take_while(|length| **length <= key.len()) {
            let Some(watchers) = by_prefix.get_mut(&key[..length]) else { continue };
            watchers.retain(|watcher| match watcher.upgrade() {
                Some(notify) => {
                    notify.notify_one();
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
