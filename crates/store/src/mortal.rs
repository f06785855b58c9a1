//! A table whose process dies, for simulations of crashes.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use model::Internal;

use crate::{CommitError, Entry, Key, MemoryTable, Revision, Row, Table, Transaction, Watch};

/// Dies at its n-th step: from then on nothing is answered. The n-th commit itself may or may not have become true.
pub struct Mortal {
    inner: MemoryTable,
    steps_left: AtomicU64,
    last_commit_holds: bool,
}

impl Mortal {
    /// `inner` is what the next life finds.
    pub fn new(inner: MemoryTable, steps: u64, last_commit_holds: bool) -> Self {
        Self { inner, steps_left: AtomicU64::new(steps), last_commit_holds }
    }

    /// Whether this is the last step. After that one none is over.
    async fn step(&self) -> bool {
        let alive =
            self.steps_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match alive {
            Ok(1) => true,
            Ok(_) => false,
            Err(_) => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Table for Mortal {
    async fn get(&self, key: &Key) -> Result<Option<Row>, Internal> {
        self.step().await;
        self.inner.get(key).await
    }

    async fn range(&self, prefix: &Key, after: Option<&Key>, limit: usize) -> Result<Vec<Entry>, Internal> {
        self.step().await;
        self.inner.range(prefix, after, limit).await
    }

    async fn commit(&self, transaction: Transaction) -> Result<Revision, CommitError> {
        if self.step().await {
            if self.last_commit_holds {
                self.inner.commit(transaction).await?;
            }
            return std::future::pending().await;
        }
        self.inner.commit(transaction).await
    }

    fn watch(&self, prefix: Key) -> Watch {
        self.inner.watch(prefix)
    }
}
