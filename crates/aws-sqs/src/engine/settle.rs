//! What becomes of messages that were received: deleted, hidden for longer or shorter, or gone for other reasons.

use std::time::Duration;

use delivery::{State, StepKind};
use model::Internal;
use store::{CommitError, Transaction};

use super::index::{Counts, NotInFlight};
use super::message::{Handle, Message, Sequence};
use super::open::Open;
use super::receive::Received;
use super::{Engine, rows};
use crate::limits;

/// Why a message's visibility cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotVisible {
    /// Nobody has it in hands.
    Landed,
    /// Its handle is an old one, or it was deleted.
    Gone,
    /// Since it was received it would be hidden for longer than any message may be.
    TooLong,
}

impl Engine {
    /// Deletes messages whose handles are of this queue. One that was received again since keeps its last receiver; `false`
    /// says that a FIFO queue refuses the handle, as its time is over.
    pub async fn delete_messages(&self, open: &Open, handles: &[Handle]) -> Result<Vec<bool>, Internal> {
        let (queue, now) = (open.queue(), self.now());
        let (mut answers, mut deleted) = (Vec::new(), Vec::new());
        let mut all = Transaction::new();
        for handle in handles {
            let found = open.state().index.check(handle.sequence, handle.receipt, now);
            let is_last = match found {
                Ok(()) => true,
                // AWS: a standard queue deletes it all the same, a FIFO queue does not.
                Err(NotInFlight::Landed) if !queue.key.is_fifo() => self
                    .message(open, handle.sequence)
                    .await?
                    .is_some_and(|one| one.receipt == handle.receipt),
                Err(NotInFlight::Landed) => {
                    answers.push(false);
                    continue;
                }
                Err(NotInFlight::Gone) => false,
            };
            answers.push(true);
            if is_last && let Some(message) = self.message(open, handle.sequence).await? {
                all = all
                    .and(
                        self.parts
                            .delivery
                            .note(message.id, StepKind::Done { attempt: 0 }, State::Done)
                            .await?,
                    )
                    .remove(rows::message(&queue.id, handle.sequence));
                deleted.push(handle.sequence);
            }
        }
        if !deleted.is_empty() {
            self.parts.table.commit(all).await.map_err(CommitError::unexpected)?;
            self.left(open, &deleted);
        }
        Ok(answers)
    }

    /// Hides a message for so long from now on; not at all lets others have it at once.
    pub async fn hide(
        &self,
        open: &Open,
        handle: &Handle,
        hidden_for: Duration,
    ) -> Result<Result<(), NotVisible>, Internal> {
        let now = self.now();
        let until = now + hidden_for;
        if let Err(why) = open.state().index.check(handle.sequence, handle.receipt, now) {
            return Ok(Err(match why {
                NotInFlight::Landed => NotVisible::Landed,
                NotInFlight::Gone => NotVisible::Gone,
            }));
        }
        let Some(mut message) = self.message(open, handle.sequence).await? else {
            return Ok(Err(NotVisible::Gone));
        };
        if message.last_received.is_some_and(|received| until.since(received) > limits::HIDDEN) {
            return Ok(Err(NotVisible::TooLong));
        }
        message.visible = until;
        let put = Transaction::new()
            .relaxed()
            .put(rows::message(&open.queue().id, handle.sequence), store::encode(&message)?)
            .expect(rows::message(&open.queue().id, handle.sequence), store::Expected::Present);
        match self.parts.table.commit(put).await {
            Ok(_) => {}
            Err(CommitError::Conflict(_)) => return Ok(Err(NotVisible::Gone)),
            Err(CommitError::Internal(internal)) => return Err(internal),
        }
        open.state().index.hide(handle.sequence, until, now);
        // Also those who wait until its time was over.
        open.more.notify_waiters();
        Ok(Ok(()))
    }

    /// How many messages a queue has.
    pub fn counts(&self, open: &Open) -> Counts {
        open.state().index.counts(self.now())
    }

    /// A message as it is on disk; `None` when it is gone.
    pub(super) async fn message(&self, open: &Open, sequence: Sequence) -> Result<Option<Message>, Internal> {
        let row = self.parts.table.get(&rows::message(&open.queue().id, sequence)).await?;
        row.map(|row| store::decode(&row.value)).transpose()
    }

    /// Takes messages away that nobody has handled.
    pub(super) async fn forget(
        &self,
        open: &Open,
        doomed: &[Sequence],
        reason: &str,
    ) -> Result<(), Internal> {
        let id = open.queue().id.clone();
        let mut all = Transaction::new().relaxed();
        for sequence in doomed {
            if let Some(message) = self.message(open, *sequence).await? {
                let dead = StepKind::Dead { reason: reason.to_owned() };
                all = all.and(self.parts.delivery.note(message.id, dead, State::Dead).await?);
            }
            all = all.remove(rows::message(&id, *sequence));
        }
        self.parts.table.commit(all).await.map_err(CommitError::unexpected)?;
        self.left(open, doomed);
        Ok(())
    }

    /// One that was deleted between its taking and its answer.
    pub(super) async fn settle_lost(&self, open: &Open, lost: &Received) -> Result<(), Internal> {
        if open.state().index.is_known(lost.handle.sequence) {
            return Ok(());
        }
        let remove = Transaction::new()
            .relaxed()
            .and(self.parts.delivery.note(lost.message.id, StepKind::Done { attempt: 0 }, State::Done).await?)
            .remove(rows::message(&open.queue().id, lost.handle.sequence));
        self.parts.table.commit(remove).await.map(drop).map_err(CommitError::unexpected)
    }

    fn left(&self, open: &Open, sequences: &[Sequence]) {
        {
            let mut state = open.state();
            sequences.iter().for_each(|sequence| state.index.remove(*sequence));
        }
        // The next of a group can be received now.
        open.more.notify_waiters();
    }
}
