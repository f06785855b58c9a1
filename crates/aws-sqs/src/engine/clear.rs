//! Clearing: what a deleted queue has left in the store.

use std::sync::Arc;

use delivery::{State, StepKind};
use model::{AccountId, Internal};
use store::{CommitError, Transaction};

use super::message::Message;
use super::{Engine, locked, places, rows};

/// Rows that are removed at once.
const STEP: usize = 200;

impl Engine {
    /// Goes on with what an earlier process began.
    pub(super) async fn go_on_clearing(self: &Arc<Self>) -> Result<(), Internal> {
        for entry in self.parts.table.range(&rows::all_gone(), None, usize::MAX).await? {
            let id = entry.key.last_text().map_err(Internal::because("reading a deleted queue"))?;
            self.clear(id);
        }
        Ok(())
    }

    /// Removes what is left of a queue that is gone.
    pub(super) fn clear(self: &Arc<Self>, id: String) {
        let engine = self.clone();
        self.parts.tasks.work("sqs-clear", async move {
            if let Err(internal) = engine.remove_left(&id).await {
                tracing::warn!(error = %internal, "messages of a deleted queue could not be removed");
            }
        });
    }

    async fn remove_left(&self, id: &str) -> Result<(), Internal> {
        loop {
            let entries = self.parts.table.range(&rows::messages(id), None, STEP).await?;
            if self.parts.tasks.is_stopping() {
                return Ok(());
            }
            if entries.is_empty() {
                break;
            }
            let mut changes = Vec::new();
            for entry in entries {
                let message: Message = store::decode(&entry.row.value)?;
                let dead = StepKind::Dead { reason: "the queue was deleted".to_owned() };
                let note = self.parts.delivery.note(message.id, dead, State::Dead).await?;
                changes.push((message.sequence, places::remove(id, &message).and(note)));
            }
            places::commit(&self.parts.table, id, changes, true).await?;
        }
        for kind in rows::all_of(id) {
            if let Some(end) = kind.after_prefix() {
                self.remove_until(&kind, &end).await?;
            }
        }
        let done = Transaction::new().remove(rows::gone(id)).remove(rows::count(id)).remove(rows::purge(id));
        self.parts.table.commit(done).await.map(drop).map_err(CommitError::unexpected)
    }

    /// Nothing of an account's is known any more: for test suites that begin anew.
    pub async fn wipe(self: &Arc<Self>, account: &AccountId) -> Result<(), Internal> {
        for queue in self.all().await? {
            if queue.key.account == *account
                && let Some(open) = self.open(&queue.key).await?
            {
                self.delete(&open).await?;
                self.remove_left(&queue.id).await?;
            }
        }
        locked(&self.deleted).retain(|key, _| key.account != *account);
        Ok(())
    }
}
