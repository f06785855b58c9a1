//! Purging: what a queue has is gone at once for those who receive, and row by row from the disk.

use std::sync::Arc;

use model::{Internal, Time};
use serde::{Deserialize, Serialize};
use store::{CommitError, Record, Transaction};
use tokio::sync::oneshot;

use super::message::{Message, Sequence};
use super::open::Open;
use super::queue::QueueKey;
use super::{Engine, rows};
use crate::limits;

/// Rows that are looked at and removed at once.
const STEP: usize = 200;

/// A purge that is under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Purge {
    queue: QueueKey,
    /// What was sent before goes.
    before: Sequence,
}

impl Record for Purge {
    const VERSION: u32 = 1;
}

impl Engine {
    /// Takes all messages away that are there now. `Err` says since when another purge is under way. A large queue's are
    /// still being removed when this returns, though nobody gets them any more; that goes on through crashes.
    pub async fn purge(self: &Arc<Self>, open: &Arc<Open>) -> Result<Result<(), Time>, Internal> {
        let (queue, now) = (open.queue(), self.now());
        {
            let mut state = open.state();
            if let Some(purged) = state.purged.filter(|purged| now.since(*purged) < limits::PURGE_EVERY) {
                return Ok(Err(purged));
            }
            state.purged = Some(now);
        }
        let purge = Purge { queue: queue.key.clone(), before: self.next_sequence().await? };
        let put = Transaction::new().put(rows::purge(&queue.id), store::encode(&purge)?);
        self.parts.table.commit(put).await.map_err(CommitError::unexpected)?;
        let (ended, end) = oneshot::channel();
        let (engine, open) = (self.clone(), open.clone());
        self.parts.tasks.work("sqs-purge", async move {
            let _ = ended.send(engine.carry_out(&open, purge.before).await);
        });
        tokio::select! {
            // A task that is gone has nothing to tell.
            ended = end => ended.unwrap_or(Ok(()))?,
            () = self.parts.clock.sleep_until(now + limits::PURGE_WAIT) => {}
        }
        Ok(Ok(()))
    }

    /// Goes on with the purges that an earlier process began.
    pub(super) async fn go_on_purging(self: &Arc<Self>) -> Result<(), Internal> {
        for entry in self.parts.table.range(&rows::purges(), None, usize::MAX).await? {
            let purge: Purge = store::decode(&entry.row.value)?;
            let id = entry.key.last_text().map_err(Internal::because("reading a purge"))?;
            match self.open(&purge.queue).await?.filter(|open| open.queue().id == id) {
                Some(open) => {
                    let engine = self.clone();
                    self.parts.tasks.work("sqs-purge", async move {
                        if let Err(internal) = engine.carry_out(&open, purge.before).await {
                            tracing::warn!(error = %internal, "a queue could not be purged");
                        }
                    });
                }
                // It was deleted since, and is cleared as such.
                None => {
                    let forget = Transaction::new().remove(entry.key);
                    self.parts.table.commit(forget).await.map_err(CommitError::unexpected)?;
                }
            }
        }
        Ok(())
    }

    async fn carry_out(&self, open: &Open, before: Sequence) -> Result<(), Internal> {
        let id = open.queue().id.clone();
        let count = store::number(self.parts.table.get(&rows::count(&id)).await?.as_ref())?;
        {
            let mut state = open.state();
            state.doomed = count.max(0) as u64;
            state.index.remove_before(before);
        }
        self.forget_before(open, before, "the queue was purged").await?;
        if !self.parts.tasks.is_stopping() {
            let done = Transaction::new().remove(rows::purge(&id));
            self.parts.table.commit(done).await.map_err(CommitError::unexpected)?;
        }
        let mut state = open.state();
        state.doomed = 0;
        // A dead letter keeps its sequence: one may have come since whose turn was over already.
        state.index.look_anew();
        drop(state);
        open.more.notify_waiters();
        Ok(())
    }

    /// Takes all messages away that were sent before, as long as there is time.
    pub(super) async fn forget_before(
        &self,
        open: &Open,
        before: Sequence,
        reason: &str,
    ) -> Result<(), Internal> {
        let all = rows::messages(&open.queue().id);
        let mut after = None;
        while !self.parts.tasks.is_stopping() {
            let entries = self.parts.table.range(&all, after.as_ref(), STEP).await?;
            let mut doomed = Vec::new();
            for entry in &entries {
                let message: Message = store::decode(&entry.row.value)?;
                doomed.extend(Some(message.sequence).filter(|sequence| *sequence < before));
            }
            let gone = self.forget(open, &doomed, reason).await?;
            {
                let mut state = open.state();
                state.doomed = state.doomed.saturating_sub(gone as u64);
            }
            if doomed.len() < STEP {
                break;
            }
            after = entries.last().map(|last| last.key.clone());
        }
        Ok(())
    }
}
