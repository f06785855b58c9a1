//! Dead letters: messages that were received too often go to another queue, with their id and their timeline.

use std::sync::Arc;

use delivery::{State, StepKind};
use model::{Arn, Internal};

use super::message::Message;
use super::open::Open;
use super::queue::{Queue, QueueKey, Redrive};
use super::{Engine, places};

impl Engine {
    /// Moves a message to the dead-letter queue; `false` when there is none, and it stays.
    pub(super) async fn bury(
        &self,
        from: &Open,
        message: &Message,
        redrive: &Redrive,
    ) -> Result<bool, Internal> {
        let Some(key) = QueueKey::of_arn(&redrive.target) else { return Ok(false) };
        let Some(to) = Box::pin(self.open(&key)).await? else { return Ok(false) };
        let mut buried = message.clone();
        buried.dead_letter_of = Some(from.queue().key.arn());
        self.carry(from, &to, message, buried).await?;
        Ok(true)
    }

    /// Moves a message from one queue to another: as new there, but for its id and when it was sent. One that is gone
    /// meanwhile is not moved.
    pub(super) async fn carry(
        &self,
        from: &Open,
        to: &Open,
        before: &Message,
        after: Message,
    ) -> Result<(), Internal> {
        let (source, target, now) = (from.queue(), to.queue(), self.now());
        let mut message = after;
        if target.key.is_fifo() {
            // AWS: in a FIFO queue it is as if sent now, and stands behind those that are there.
            message.sequence = self.next_sequence().await?;
            message.sent = now;
        }
        message.visible = message.sent;
        let handed = StepKind::Handed { to: target.key.arn().to_string(), times: 1 };
        let note = self.parts.delivery.note(message.id, handed, State::Held).await?;
        let carry = places::remove(&source.id, before).and(places::add(&target.id, &message)?).and(note);
        let carried =
            places::commit(&self.parts.table, &source.id, vec![(before.sequence, carry)], false).await?;
        self.left(from, [before.sequence]);
        if !carried.is_empty() {
            self.arrived(to, &[message]);
        }
        Ok(())
    }

    /// The queues that have this one as their dead-letter queue, by name.
    pub async fn sources_of(&self, target: &Arn) -> Result<Vec<Queue>, Internal> {
        let mut all = self.all().await?;
        all.retain(|queue| queue.settings.redrive.as_ref().is_some_and(|redrive| redrive.target == *target));
        Ok(all)
    }

    /// The queue of an ARN; `None` when there is none.
    pub async fn open_arn(&self, arn: &Arn) -> Result<Option<Arc<Open>>, Internal> {
        match QueueKey::of_arn(arn) {
            Some(key) => self.open(&key).await,
            None => Ok(None),
        }
    }
}
