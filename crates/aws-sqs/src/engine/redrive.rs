//! Dead letters: messages that were received too often go to another queue, with their id and their timeline.

use std::sync::Arc;

use delivery::{State, StepKind};
use model::{Arn, Internal};
use store::{CommitError, Transaction};

use super::message::Message;
use super::open::Open;
use super::queue::{Queue, QueueKey, Redrive};
use super::{Engine, rows};

impl Engine {
    /// Moves a message to the dead-letter queue; `false` when there is none, and it stays.
    pub(super) async fn bury(
        &self,
        from: &Open,
        message: &Message,
        redrive: &Redrive,
    ) -> Result<bool, Internal> {
        let Some(key) = QueueKey::of_arn(&redrive.target) else { return Ok(false) };
        // Its messages are not to be read while those of this one are.
        let Some(to) = Box::pin(self.open(&key)).await? else { return Ok(false) };
        let mut buried = message.clone();
        buried.dead_letter_of = Some(from.queue().key.arn());
        self.carry(from, &to, buried).await?;
        Ok(true)
    }

    /// Moves a message from one queue to another: as new there, but for its id and when it was sent.
    pub(super) async fn carry(&self, from: &Open, to: &Open, mut message: Message) -> Result<(), Internal> {
        let (source, target, now) = (from.queue(), to.queue(), self.now());
        let before = message.sequence;
        if to.queue().key.is_fifo() {
            // AWS: in a FIFO queue it is as if sent now, and stands behind those that are there.
            message.sequence = self.next_sequence();
            message.sent = now;
        }
        message.visible = now;
        let handed = StepKind::Handed { to: target.key.arn().to_string(), times: 1 };
        let carry = Transaction::new()
            .and(self.parts.delivery.note(message.id, handed, State::Held).await?)
            .remove(rows::message(&source.id, before))
            .put(rows::message(&target.id, message.sequence), store::encode(&message)?);
        self.parts.table.commit(carry).await.map_err(CommitError::unexpected)?;
        from.state().index.remove(before);
        from.more.notify_waiters();
        self.arrived(to, &[message]);
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
