//! Duties: messages whose retention is over, what was deleted with its queue, and what may be sent again.

use std::sync::Arc;
use std::time::Duration;

use delivery::{State, StepKind};
use model::{Internal, Time};
use store::{CommitError, Key, Transaction};

use super::message::Message;
use super::open::{Once, Open};
use super::{Engine, locked, rows};

/// Rows that are removed at once.
const STEP: usize = 200;

/// However long nothing is due, it is looked again then: of queues that nobody has asked for since the start, nothing is
/// known to be due.
const AT_LATEST: Duration = Duration::from_secs(60 * 60);

impl Engine {
    /// Goes on with what an earlier process left, and looks after retention from then on.
    pub async fn start(self: &Arc<Self>) -> Result<(), Internal> {
        for entry in self.parts.table.range(&rows::all_gone(), None, usize::MAX).await? {
            let id = entry.key.last_text().map_err(Internal::because("reading a deleted queue"))?;
            self.clear(id);
        }
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
        let retention = i64::from(queue.settings.retention) * 1000;
        loop {
            let old = open.state().index.sent_before(Time::from_millis(now.as_millis() - retention), STEP);
            if old.is_empty() {
                break;
            }
            self.forget(open, &old, "its retention period is over").await?;
        }
        let over: Vec<_> = {
            let state = open.state();
            let over = state.sent.iter().filter(|(_, once)| once.until <= now);
            over.map(|(key, _)| key.clone()).collect()
        };
        for part in over.chunks(STEP) {
            let forget = part.iter().fold(Transaction::new().relaxed(), |all, (scope, id)| {
                all.remove(rows::sent(&queue.id, scope, id))
            });
            self.parts.table.commit(forget).await.map_err(CommitError::unexpected)?;
            let mut state = open.state();
            state.sent.retain(|_, Once { until, .. }| *until > now);
        }
        Ok(())
    }

    /// Removes the messages of a queue that is gone.
    pub(super) fn clear(self: &Arc<Self>, id: String) {
        let engine = self.clone();
        self.parts.tasks.work("sqs-clear", async move {
            if let Err(internal) = engine.remove_messages(&id).await {
                tracing::warn!(error = %internal, "messages of a deleted queue could not be removed");
            }
        });
    }

    async fn remove_messages(&self, id: &str) -> Result<(), Internal> {
        loop {
            let entries = self.parts.table.range(&rows::messages(id), None, STEP).await?;
            if entries.is_empty() || self.parts.tasks.is_stopping() {
                break;
            }
            let mut remove = Transaction::new().relaxed();
            for entry in entries {
                let message: Message = store::decode(&entry.row.value)?;
                let dead = StepKind::Dead { reason: "the queue was deleted".to_owned() };
                remove = remove
                    .and(self.parts.delivery.note(message.id, dead, State::Dead).await?)
                    .remove(entry.key);
            }
            self.parts.table.commit(remove).await.map_err(CommitError::unexpected)?;
        }
        if self.parts.tasks.is_stopping() {
            return Ok(());
        }
        let rows: Vec<Key> = self
            .parts
            .table
            .range(&rows::sent_to(id), None, usize::MAX)
            .await?
            .into_iter()
            .map(|entry| entry.key)
            .collect();
        let remove = rows.into_iter().fold(Transaction::new().remove(rows::gone(id)), Transaction::remove);
        self.parts.table.commit(remove).await.map(drop).map_err(CommitError::unexpected)
    }

    /// Nothing of an account's is known any more: for test suites that begin anew.
    pub async fn wipe(self: &Arc<Self>, account: &model::AccountId) -> Result<(), Internal> {
        for queue in self.all().await? {
            if queue.key.account == *account
                && let Some(open) = self.open(&queue.key).await?
            {
                self.delete(&open).await?;
                self.remove_messages(&queue.id).await?;
            }
        }
        locked(&self.deleted).retain(|key, _| key.account != *account);
        Ok(())
    }
}
