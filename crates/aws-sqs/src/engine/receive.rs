//! Receiving: at once what is there, else what comes while there is patience.

use std::sync::Arc;
use std::time::Duration;

use delivery::StepKind;
use model::{EventId, Failure, Internal, Time};
use store::{CommitError, Transaction};

use super::message::{Handle, Message, Sequence};
use super::open::{Attempt, Open};
use super::{Engine, rows};
use crate::{faults, limits};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub messages: usize,
    pub patience: Duration,
    /// How long nobody else gets them.
    pub hidden_for: Duration,
    /// The same asking with the same id gets the same answer.
    pub attempt: Option<String>,
    /// Who takes them, for the timeline.
    pub by: String,
}

/// A message in the hands of a receiver.
#[derive(Debug, Clone)]
pub struct Received {
    pub message: Message,
    pub handle: Handle,
}

impl Engine {
    /// Waits for messages as long as `wanted` says. May be dropped at any await: what was taken comes back then.
    pub async fn receive(
        self: &Arc<Self>,
        open: &Arc<Open>,
        wanted: &Wanted,
    ) -> Result<Vec<Received>, Failure> {
        let until = self.now() + wanted.patience;
        loop {
            let more = open.more.notified();
            tokio::pin!(more);
            more.as_mut().enable();
            let received = self.receive_now(open, wanted).await?;
            if !received.is_empty() {
                return Ok(received);
            }
            let now = self.now();
            if now >= until {
                return Ok(Vec::new());
            }
            let next = open.state().index.next_due().map_or(until, |due| due.min(until));
            tokio::select! {
                () = more => {}
                () = self.parts.clock.sleep_until(next) => {}
            }
        }
    }

    /// What is there now.
    async fn receive_now(
        self: &Arc<Self>,
        open: &Arc<Open>,
        wanted: &Wanted,
    ) -> Result<Vec<Received>, Failure> {
        let taken = self.take(open, wanted)?;
        if taken.is_empty() {
            return Ok(Vec::new());
        }
        // To its end even when nobody waits any more: what was taken is then in the books as taken.
        let (engine, open, wanted) = (self.clone(), open.clone(), wanted.clone());
        let given = tokio::spawn(async move { engine.give(&open, &wanted, taken).await }).await;
        Ok(given.map_err(Internal::because("receiving messages"))??)
    }

    fn take(&self, open: &Open, wanted: &Wanted) -> Result<Vec<(Sequence, u64)>, Failure> {
        let now = self.now();
        let (queue, until) = (open.queue(), now + wanted.hidden_for);
        let most = if queue.key.is_fifo() { limits::IN_FLIGHT_FIFO } else { limits::IN_FLIGHT };
        let mut state = open.state();
        if state.is_gone {
            return Err(faults::no_queue().into());
        }
        if let Some(again) = again(&mut state, wanted, now, until) {
            return Ok(again);
        }
        if state.index.in_flight() >= most {
            // AWS: a FIFO queue says nothing and gives nothing.
            return if queue.key.is_fifo() { Ok(Vec::new()) } else { Err(faults::over_limit().into()) };
        }
        let taken = state.index.take(wanted.messages, now, until, || self.parts.dice.next());
        if let Some(attempt) = wanted.attempt.clone().filter(|_| !taken.is_empty()) {
            let until = now + limits::DEDUPLICATION;
            state.attempts.insert(attempt, Attempt { until, taken: taken.clone() });
        }
        Ok(taken)
    }

    /// Writes down that they were received, and by whom; those that were received too often go where dead letters go.
    async fn give(
        &self,
        open: &Open,
        wanted: &Wanted,
        taken: Vec<(Sequence, u64)>,
    ) -> Result<Vec<Received>, Internal> {
        let (queue, now) = (open.queue(), self.now());
        let (mut received, mut all) = (Vec::new(), Transaction::new().relaxed());
        for (sequence, receipt) in taken {
            let row = self.parts.table.get(&rows::message(&queue.id, sequence)).await?;
            let Some(row) = row else {
                open.state().index.remove(sequence);
                continue;
            };
            let mut message: Message = store::decode(&row.value)?;
            if now.since(message.sent) >= Duration::from_secs(queue.settings.retention.into()) {
                self.forget(open, &[sequence], "its retention period is over").await?;
                continue;
            }
            if let Some(redrive) =
                queue.settings.redrive.as_ref().filter(|one| message.receives >= one.receives)
                && self.bury(open, &message, redrive).await?
            {
                continue;
            }
            // Asked for again by the same attempt, it was received but once.
            if message.receipt != receipt {
                message.receives += 1;
            }
            message.first_received.get_or_insert(now);
            message.last_received = Some(now);
            message.receipt = receipt;
            message.visible = now + wanted.hidden_for;
            let handed = StepKind::Handed { to: wanted.by.clone(), times: message.receives };
            all = all
                .and(self.parts.delivery.note(message.id, handed, delivery::State::Held).await?)
                .put(rows::message(&queue.id, sequence), store::encode(&message)?);
            let handle = Handle { queue: queue.id.clone(), sequence, receipt };
            received.push(Received { message, handle });
        }
        if !received.is_empty() {
            self.parts.table.commit(all).await.map_err(CommitError::unexpected)?;
        }
        // One that was deleted or purged meanwhile must not come back by these rows.
        let gone: Vec<_> = {
            let state = open.state();
            let is_there = |one: &Received| state.index.is_known(one.handle.sequence);
            let (there, gone) = received.into_iter().partition(is_there);
            received = there;
            gone
        };
        for one in gone {
            self.settle_lost(open, &one).await?;
        }
        Ok(received)
    }

    /// The timelines of messages, as their takers are told of.
    pub async fn events_of(
        &self,
        ids: impl Iterator<Item = EventId>,
    ) -> Result<Vec<Option<delivery::Event>>, Internal> {
        let mut events = Vec::new();
        for id in ids {
            events.push(self.parts.delivery.event(id).await?);
        }
        Ok(events)
    }
}

/// What the same attempt was given before, if all of that is still in its hands.
fn again(
    state: &mut super::open::State,
    wanted: &Wanted,
    now: Time,
    until: Time,
) -> Option<Vec<(Sequence, u64)>> {
    state.attempts.retain(|_, attempt| attempt.until > now);
    let taken = state.attempts.get(wanted.attempt.as_ref()?)?.taken.clone();
    let index = &mut state.index;
    let all = taken.iter().all(|(sequence, receipt)| index.check(*sequence, *receipt, now).is_ok());
    if !all {
        state.attempts.remove(wanted.attempt.as_ref()?);
        return None;
    }
    taken.iter().for_each(|(sequence, _)| state.index.hide(*sequence, until, now));
    Some(taken)
}
