//! Rows that were asked for, in memory, never behind the table.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::Internal;
use store::{Key, Record, Revision, Table};

/// Every change of these rows tells it here.
pub struct Memory<K, R>(Mutex<Remembered<K, R>>);

struct Remembered<K, R> {
    rows: HashMap<K, Known<R>>,
    /// Counts the changes: what was read before a change must not be remembered after it.
    changes: u64,
}

/// A record and the revision of its row.
pub struct Known<R> {
    pub revision: Revision,
    pub record: Arc<R>,
}

impl<R> Clone for Known<R> {
    fn clone(&self) -> Self {
        Self { revision: self.revision, record: self.record.clone() }
    }
}

impl<K, R> Default for Memory<K, R> {
    fn default() -> Self {
        Self(Mutex::new(Remembered { rows: HashMap::new(), changes: 0 }))
    }
}

impl<K: Hash + Eq + Clone, R: Record> Memory<K, R> {
    /// From memory or from the table; `None` when there is no such row.
    pub async fn load(
        &self,
        key: &K,
        table: &dyn Table,
        row: impl FnOnce() -> Key,
    ) -> Result<Option<Known<R>>, Internal> {
        let changes = {
            let remembered = self.lock();
            if let Some(known) = remembered.rows.get(key) {
                return Ok(Some(known.clone()));
            }
            remembered.changes
        };
        let Some(found) = table.get(&row()).await? else { return Ok(None) };
        let known = Known { revision: found.revision, record: Arc::new(store::decode(&found.value)?) };
        let mut remembered = self.lock();
        if remembered.changes == changes {
            remembered.rows.insert(key.clone(), known.clone());
        }
        Ok(Some(known))
    }

    /// The row was written. Of two changes that committed one after the other, the later one's stays.
    pub fn changed(&self, key: K, known: Known<R>) {
        let mut remembered = self.lock();
        remembered.changes += 1;
        match remembered.rows.get(&key) {
            Some(newer) if newer.revision > known.revision => {}
            _ => drop(remembered.rows.insert(key, known)),
        }
    }

    /// The row was removed, or is not known any more.
    pub fn forget(&self, key: &K) {
        let mut remembered = self.lock();
        remembered.changes += 1;
        remembered.rows.remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, Remembered<K, R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
