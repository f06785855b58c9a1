//! Duties: messages whose retention is over, what may be sent again, and rows that say nothing any more.

use std::sync::Arc;
use std::time::Duration;

use model::{Internal, Time};
use store::{CommitError, Entry, Expected, Key, Transaction};

use super::open::Open;
use super::send::Once;
use super::sequences::first_of;
use super::{Engine, rows};

/// Rows that are removed at once.
const STEP: usize = 200;

/// However long nothing is due, it is looked again then: of queues that nobody has asked for since the start, nothing is
/// known to be due.
const AT_LATEST: Duration = Duration::from_secs(60 * 60);

impl Engine {
    /// Goes on with what an earlier process left, and looks after retention from then on.
    pub async fn start(self: &Arc<Self>) -> Result<(), Internal> {
        self.go_on_clearing().await?;
        self.go_on_purging().await?;
        let engine = self.clone();
        self.parts.tasks.wait("sqs-retention", async move {
            loop {
                engine.parts.clock.sleep_until(engine.now() + AT_LATEST).await;
                if let Err(internal) = engine.sweep().await {
                    tracing::warn!(error = %internal, "old messages could not be removed");
                }
            }
        });
        Ok(())
    }

    /// Removes what is over in every queue.
    pub async fn sweep(&self) -> Result<(), Internal> {
        for queue in self.all().await? {
            if let Some(open) = self.open(&queue.key).await? {
                self.sweep_queue(&open).await?;
            }
        }
        Ok(())
    }

    async fn sweep_queue(&self, open: &Open) -> Result<(), Internal> {
        let (queue, now) = (open.queue(), self.now());
        let retention = Duration::from_secs(queue.settings.retention.into());
        let since = Time::from_millis(now.as_millis() - retention.as_millis() as i64);
        self.forget_before(open, first_of(since), "its retention period is over").await?;
        let over = open.state().index.over(now);
        self.remove_until(&rows::flights(&queue.id), &rows::flight(&queue.id, now, 0)).await?;
        self.remove_until(&rows::all_delayed(&queue.id), &rows::delayed(&queue.id, over, 0)).await?;
        let counted = rows::delays_before(&queue.id, now + Duration::from_millis(1));
        self.remove_until(&rows::delays(&queue.id), &counted).await?;
        self.sweep_sent(&queue.id, now).await
    }

    /// Removes what comes before a row.
    pub(super) async fn remove_until(&self, all: &Key, end: &Key) -> Result<(), Internal> {
        loop {
            let mut entries = self.parts.table.range(all, None, STEP).await?;
            entries.retain(|entry| entry.key < *end);
            if entries.is_empty() {
                return Ok(());
            }
            self.remove_rows(entries).await?;
        }
    }

    async fn sweep_sent(&self, queue: &str, now: Time) -> Result<(), Internal> {
        let (all, mut after) = (rows::sent_to(queue), None);
        loop {
            let entries = self.parts.table.range(&all, after.as_ref(), STEP).await?;
            let Some(last) = entries.last() else { return Ok(()) };
            after = Some(last.key.clone());
            let mut over = Vec::new();
            for entry in entries {
                let once: Once = store::decode(&entry.row.value)?;
                over.extend(Some(entry).filter(|_| once.until <= now));
            }
            self.remove_rows(over).await?;
        }
    }

    /// Unless they were changed meanwhile.
    async fn remove_rows(&self, entries: Vec<Entry>) -> Result<(), Internal> {
        if entries.is_empty() {
            return Ok(());
        }
        let remove = entries.into_iter().fold(Transaction::new().relaxed(), |all, entry| {
            all.expect(entry.key.clone(), Expected::At(entry.row.revision)).remove(entry.key)
        });
        match self.parts.table.commit(remove).await {
            // Another time.
            Ok(_) | Err(CommitError::Conflict(_)) => Ok(()),
            Err(CommitError::Internal(internal)) => Err(internal),
        }
    }
}
