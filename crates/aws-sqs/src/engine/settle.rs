//! What becomes of messages that were received: deleted, hidden for longer or shorter, or gone for other reasons.

use std::time::Duration;

use delivery::{State, StepKind};
use model::{Internal, Time};

use super::index::NotInFlight;
use super::message::{Handle, Message, Sequence};
use super::open::Open;
use super::{Engine, places, rows};
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

/// How many messages there are, in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub visible: usize,
    pub in_flight: usize,
    pub delayed: usize,
}

impl Engine {
    /// Deletes messages whose handles are of this queue. One that was received again since keeps its last receiver; `false`
    /// says that a FIFO queue refuses the handle, as its time is over.
    pub async fn delete_messages(&self, open: &Open, handles: &[Handle]) -> Result<Vec<bool>, Internal> {
        let (queue, now) = (open.queue(), self.now());
        let (mut answers, mut changes) = (Vec::new(), Vec::new());
        for handle in handles {
            let deleted = match self.standing(open, handle, now).await? {
                Ok(message) => Some(message),
                // AWS: a standard queue deletes it all the same, a FIFO queue does not.
                Err((NotInFlight::Landed, Some(_))) if queue.key.is_fifo() => {
                    answers.push(false);
                    continue;
                }
                Err((NotInFlight::Landed, message)) => {
                    message.filter(|message| message.receipt == handle.receipt)
                }
                Err((NotInFlight::Other, _)) => None,
            };
            answers.push(true);
            if let Some(message) = deleted {
                let done = StepKind::Done { attempt: 0 };
                let note = self.parts.delivery.note(message.id, done, State::Done).await?;
                changes.push((handle.sequence, places::remove(&queue.id, &message).and(note)));
            }
        }
        let gone: Vec<_> = changes.iter().map(|(sequence, _)| *sequence).collect();
        places::commit(&self.parts.table, &queue.id, changes, false).await?;
        self.left(open, gone);
        Ok(answers)
    }

    /// The message of a handle, without a large body, while it is in flight by it; else why it is not, and the message if
    /// there still is one.
    async fn standing(
        &self,
        open: &Open,
        handle: &Handle,
        now: Time,
    ) -> Result<Result<Message, (NotInFlight, Option<Message>)>, Internal> {
        let found = open.state().index.check(handle.sequence, handle.receipt, now);
        if found == Err(NotInFlight::Other) {
            return Ok(Err((NotInFlight::Other, None)));
        }
        let message = self.without_body(open, handle.sequence).await?;
        Ok(match (found, message) {
            (Ok(()), Some(message)) => Ok(message),
            (_, message) => Err((NotInFlight::Landed, message)),
        })
    }

    /// Hides a message for so long from now on; not at all lets others have it at once.
    pub async fn hide(
        &self,
        open: &Open,
        handle: &Handle,
        hidden_for: Duration,
    ) -> Result<Result<(), NotVisible>, Internal> {
        let (queue, now) = (open.queue(), self.now());
        let until = now + hidden_for;
        let before = match self.standing(open, handle, now).await? {
            Ok(before) => before,
            Err((NotInFlight::Landed, Some(_))) => return Ok(Err(NotVisible::Landed)),
            Err(_) => return Ok(Err(NotVisible::Gone)),
        };
        if before.last_received.is_some_and(|received| until.since(received) > limits::HIDDEN) {
            return Ok(Err(NotVisible::TooLong));
        }
        let after = Message { visible: until, ..before.clone() };
        let change = places::change(&queue.id, &before, &after)?;
        let there =
            places::commit(&self.parts.table, &queue.id, vec![(handle.sequence, change)], true).await?;
        if there.is_empty() {
            return Ok(Err(NotVisible::Gone));
        }
        open.state().index.hide(handle.sequence, until, now);
        // Also those who wait until its time was over.
        open.more.notify_waiters();
        Ok(Ok(()))
    }

    /// How many messages a queue has.
    pub async fn counts(&self, open: &Open) -> Result<Counts, Internal> {
        let (id, now) = (open.queue().id.clone(), self.now());
        let all = store::number(self.parts.table.get(&rows::count(&id)).await?.as_ref())?;
        let mut delayed = 0;
        let (delays, over) = (rows::delays(&id), rows::delays_before(&id, now));
        for entry in self.parts.table.range(&delays, Some(&over), usize::MAX).await? {
            delayed += store::number(Some(&entry.row))?;
        }
        let (in_flight, doomed) = {
            let mut state = open.state();
            (state.index.in_flight(now), state.doomed as usize)
        };
        let there = (all.max(0) as usize).saturating_sub(doomed + in_flight);
        let delayed = (delayed.max(0) as usize).min(there);
        Ok(Counts { visible: there - delayed, in_flight, delayed })
    }

    /// Takes messages away that nobody has handled; gives how many.
    pub(super) async fn forget(
        &self,
        open: &Open,
        doomed: &[Sequence],
        reason: &str,
    ) -> Result<usize, Internal> {
        let id = open.queue().id.clone();
        let mut changes = Vec::new();
        for sequence in doomed {
            if let Some(message) = self.without_body(open, *sequence).await? {
                let dead = StepKind::Dead { reason: reason.to_owned() };
                let note = self.parts.delivery.note(message.id, dead, State::Dead).await?;
                changes.push((*sequence, places::remove(&id, &message).and(note)));
            }
        }
        let gone = places::commit(&self.parts.table, &id, changes, true).await?;
        self.left(open, doomed.iter().copied());
        Ok(gone.len())
    }

    /// They are gone.
    pub(super) fn left(&self, open: &Open, sequences: impl IntoIterator<Item = Sequence>) {
        {
            let mut state = open.state();
            sequences.into_iter().for_each(|sequence| state.index.remove(sequence));
        }
        // The next of a group can be received now.
        open.more.notify_waiters();
    }
}
