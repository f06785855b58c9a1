//! Receiving: at once what is there, else what comes while there is patience.

use std::sync::Arc;
use std::time::Duration;

use delivery::StepKind;
use model::{EventId, Failure, Internal, Time};

use super::index::Taken;
use super::message::{Handle, Message};
use super::open::{Attempt, Open};
use super::queue::Queue;
use super::{Engine, places};
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
        loop {
            let has_read = self.read_on(open).await?;
            let taken = self.take(open, wanted)?;
            if taken.is_empty() {
                // What was read may all be in flight, or gone.
                if has_read {
                    continue;
                }
                return Ok(Vec::new());
            }
            // To its end even when nobody waits any more: what was taken is then in the books as taken.
            let (engine, open, wanted) = (self.clone(), open.clone(), wanted.clone());
            let given = tokio::spawn(async move { engine.give(&open, &wanted, taken).await }).await;
            let given = given.map_err(Internal::because("receiving messages"))??;
            // Else they were dead letters, or gone.
            if !given.is_empty() {
                return Ok(given);
            }
        }
    }

    fn take(&self, open: &Open, wanted: &Wanted) -> Result<Vec<Taken>, Failure> {
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
        let in_flight = state.index.in_flight(now);
        if in_flight >= most {
            // AWS: a FIFO queue says nothing and gives nothing.
            return if queue.key.is_fifo() { Ok(Vec::new()) } else { Err(faults::over_limit().into()) };
        }
        let wanted_now = wanted.messages.min(most - in_flight);
        let taken = state.index.take(wanted_now, now, until, || self.parts.dice.next());
        if let Some(attempt) = wanted.attempt.clone().filter(|_| !taken.is_empty()) {
            let until = now + limits::DEDUPLICATION;
            state.attempts.insert(attempt, Attempt { until, taken: taken.clone() });
        }
        Ok(taken)
    }

    /// Writes down that they were received, and by whom; those that were received too often go where dead letters go.
    async fn give(&self, open: &Open, wanted: &Wanted, taken: Vec<Taken>) -> Result<Vec<Received>, Internal> {
        let (queue, now) = (open.queue(), self.now());
        let (mut received, mut changes) = (Vec::new(), Vec::new());
        for taken in taken {
            let Some(before) = self.message(open, taken.sequence).await? else {
                self.left(open, [taken.sequence]);
                continue;
            };
            if !self.may_be_given(open, &queue, &before, now).await? {
                continue;
            }
            let message = given(&before, taken, now);
            let handed = StepKind::Handed { to: wanted.by.clone(), times: message.receives };
            let change = places::change(&queue.id, &before, &message)?;
            let note = self.parts.delivery.note(message.id, handed, delivery::State::Held).await?;
            changes.push((taken.sequence, change.and(note)));
            let handle = Handle { queue: queue.id.clone(), sequence: taken.sequence, receipt: taken.receipt };
            received.push(Received { message, handle });
        }
        // One that was deleted or purged meanwhile does not come back by these rows.
        let there = places::commit(&self.parts.table, &queue.id, changes, true).await?;
        let (given, gone): (Vec<_>, Vec<_>) =
            received.into_iter().partition(|one: &Received| there.contains(&one.handle.sequence));
        self.left(open, gone.iter().map(|one| one.handle.sequence));
        Ok(given)
    }

    /// Whether it is still to be received; if not, it goes where it belongs.
    async fn may_be_given(
        &self,
        open: &Open,
        queue: &Queue,
        message: &Message,
        now: Time,
    ) -> Result<bool, Internal> {
        if now.since(message.sent) >= Duration::from_secs(queue.settings.retention.into()) {
            self.forget(open, &[message.sequence], "its retention period is over").await?;
            return Ok(false);
        }
        match &queue.settings.redrive {
            Some(redrive) if message.receives >= redrive.receives => {
                Ok(!self.bury(open, message, redrive).await?)
            }
            _ => Ok(true),
        }
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

/// What a message becomes by being received.
fn given(before: &Message, taken: Taken, now: Time) -> Message {
    let mut message = before.clone();
    // Asked for again by the same attempt, it was received but once.
    if message.receipt != taken.receipt {
        message.receives += 1;
    }
    message.first_received.get_or_insert(now);
    message.last_received = Some(now);
    message.receipt = taken.receipt;
    message.visible = taken.until;
    message
}

/// What the same attempt was given before, if all of that is still in its hands.
fn again(state: &mut super::open::State, wanted: &Wanted, now: Time, until: Time) -> Option<Vec<Taken>> {
    state.attempts.retain(|_, attempt| attempt.until > now);
    let mut taken = state.attempts.get(wanted.attempt.as_ref()?)?.taken.clone();
    let index = &mut state.index;
    let all = taken.iter().all(|one| index.check(one.sequence, one.receipt, now).is_ok());
    if !all {
        state.attempts.remove(wanted.attempt.as_ref()?);
        return None;
    }
    for one in &mut taken {
        one.until = until;
        index.hide(one.sequence, until, now);
    }
    Some(taken)
}
