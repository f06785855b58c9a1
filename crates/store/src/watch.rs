//! Waking those who wait for rows under a prefix to change. Shared by the adapters.

use std::sync::{Arc, Mutex, PoisonError};

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
pub struct Watchers {
    watches: Mutex<Vec<(Key, std::sync::Weak<Notify>)>>,
}

impl Watchers {
    pub fn watch(&self, prefix: Key) -> Watch {
        let notify = Arc::new(Notify::new());
        let mut watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        watches.retain(|(_, notify)| notify.strong_count() > 0);
        watches.push((prefix, Arc::downgrade(&notify)));
        Watch(notify)
    }

    /// Wakes those whose prefix one of these keys has.
    pub fn changed<'a>(&self, keys: impl Iterator<Item = &'a Key> + Clone) {
        let watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        for (prefix, notify) in watches.iter() {
            if keys.clone().any(|key| key.starts_with(prefix)) {
                if let Some(notify) = notify.upgrade() {
                    notify.notify_one();
                }
            }
        }
    }
}
