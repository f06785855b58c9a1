//! The table in memory: for tests and simulations. A clone is the same table, so a "crash" keeps what was committed.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use model::Internal;

use crate::{CommitError, Entry, Expected, Key, Revision, Row, Table, Transaction, Watch, Watchers, number};

/// Rows in a tree behind a lock.
#[derive(Clone, Default)]
pub struct MemoryTable(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    watchers: Watchers,
}

#[derive(Default)]
struct State {
    rows: BTreeMap<Key, Row>,
    revision: Revision,
}

impl MemoryTable {
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn holds(&self, key: &Key, expected: Expected) -> bool {
        match (self.rows.get(key), expected) {
            (None, Expected::Absent) | (Some(_), Expected::Present) => true,
            (Some(row), Expected::At(revision)) => row.revision == revision,
            _ => false,
        }
    }

    fn apply(&mut self, transaction: &Transaction) -> Result<Revision, CommitError> {
        for (key, expected) in &transaction.expect {
            if !self.holds(key, *expected) {
                return Err(CommitError::Conflict(key.clone()));
            }
        }
        self.revision += 1;
        for key in &transaction.remove {
            self.rows.remove(key);
        }
        for (key, value) in &transaction.put {
            self.rows.insert(key.clone(), Row { revision: self.revision, value: value.clone() });
        }
        for (key, change) in &transaction.count {
            let number = number(self.rows.get(key)).map_err(CommitError::Internal)? + change;
            let value = Bytes::copy_from_slice(&number.to_be_bytes());
            self.rows.insert(key.clone(), Row { revision: self.revision, value });
        }
        Ok(self.revision)
    }
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, key: &Key) -> Result<Option<Row>, Internal> {
        Ok(self.state().rows.get(key).cloned())
    }

    async fn range(&self, prefix: &Key, after: Option<&Key>, limit: usize) -> Result<Vec<Entry>, Internal> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after.clone()),
            _ => Bound::Included(prefix.clone()),
        };
        let state = self.state();
        let rows = state.rows.range((start, Bound::Unbounded));
        let within = rows.take_while(|(key, _)| key.starts_with(prefix)).take(limit);
        Ok(within.map(|(key, row)| Entry { key: key.clone(), row: row.clone() }).collect())
    }

    async fn commit(&self, transaction: Transaction) -> Result<Revision, CommitError> {
        let revision = self.state().apply(&transaction)?;
        self.0.watchers.committed(&transaction);
        Ok(revision)
    }

    fn watch(&self, prefix: Key) -> Watch {
        self.0.watchers.watch(prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_the_contract() {
        crate::contract::table(|| Box::new(MemoryTable::new())).await;
    }
}
