//! Making, changing, listing and removing queues.

use std::sync::Arc;

use model::{AccountId, Failure, Fault, Internal, Region};
use store::{CommitError, Expected, Transaction};

use super::open::Open;
use super::queue::{Queue, QueueKey};
use super::{Engine, locked, rows};
use crate::limits;

impl Engine {
    /// Makes a queue; `false` when there is one of this key.
    pub async fn create(&self, queue: Queue) -> Result<bool, Internal> {
        let row = rows::queue(&queue.key);
        let create = Transaction::new()
            .expect(row.clone(), Expected::Absent)
            .put(row, store::encode(&queue)?)
            .count(rows::count(&queue.id), 0);
        match self.parts.table.commit(create).await {
            Ok(_) => Ok(true),
            Err(CommitError::Conflict(_)) => Ok(false),
            Err(CommitError::Internal(internal)) => Err(internal),
        }
    }

    /// Whether a queue of this key was deleted so lately that it may not be made again.
    pub fn was_deleted_lately(&self, key: &QueueKey) -> bool {
        let now = self.now();
        let mut deleted = locked(&self.deleted);
        deleted.retain(|_, time| now.since(*time) < limits::DELETED_FOR);
        deleted.contains_key(key)
    }

    /// Makes of a queue what `change` says.
    pub async fn change(
        &self,
        open: &Open,
        change: impl Fn(&mut Queue) -> Result<(), Fault> + Send + Sync,
    ) -> Result<(), Failure> {
        let key = open.queue().key.clone();
        loop {
            let Some(row) = self.parts.table.get(&rows::queue(&key)).await? else {
                return Err(crate::faults::no_queue().into());
            };
            let mut queue: Queue = store::decode(&row.value)?;
            change(&mut queue)?;
            let put = Transaction::new()
                .expect(rows::queue(&key), Expected::At(row.revision))
                .put(rows::queue(&key), store::encode(&queue)?);
            match self.parts.table.commit(put).await {
                Ok(_) => {
                    open.set(queue);
                    return Ok(());
                }
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Internal(internal)) => return Err(internal.into()),
            }
        }
    }

    /// Queues of an account and region by name, up to `limit`, of those whose names begin so, after a name.
    pub async fn list(
        &self,
        account: &AccountId,
        region: &Region,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Queue>, Internal> {
        let all = rows::queues_of(account, region);
        let after = after.map(|name| all.clone().text(name));
        let entries = self.parts.table.range(&all.text_starting_with(prefix), after.as_ref(), limit).await?;
        entries.iter().map(|entry| store::decode(&entry.row.value)).collect()
    }

    /// Every queue of every account.
    pub async fn all(&self) -> Result<Vec<Queue>, Internal> {
        let entries = self.parts.table.range(&rows::queues(), None, usize::MAX).await?;
        entries.iter().map(|entry| store::decode(&entry.row.value)).collect()
    }

    /// The queue goes at once, its messages in the background.
    pub async fn delete(self: &Arc<Self>, open: &Open) -> Result<(), Internal> {
        let queue = open.queue();
        let delete = Transaction::new().remove(rows::queue(&queue.key)).put(rows::gone(&queue.id), "");
        self.parts.table.commit(delete).await.map_err(CommitError::unexpected)?;
        open.state().is_gone = true;
        locked(&self.open).remove(&queue.key);
        locked(&self.deleted).insert(queue.key.clone(), self.now());
        open.more.notify_waiters();
        self.clear(queue.id.clone());
        Ok(())
    }
}
