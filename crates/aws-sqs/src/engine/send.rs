//! Sending: a message is on disk when its sender is answered.

use std::collections::BTreeMap;
use std::time::Duration;

use delivery::{Attribute, Event, NewEvent};
use model::{Cause, EventId, Internal};
use sha2::{Digest, Sha256};
use store::{CommitError, Outcome, Transaction};

use super::message::{Message, Sequence};
use super::open::{Once, Open};
use super::{Engine, rows};
use crate::limits;

/// A message that is to be sent, checked.
#[derive(Debug, Clone, Default)]
pub struct New {
    pub body: String,
    pub attributes: BTreeMap<String, Attribute>,
    pub trace: Option<String>,
    pub group: Option<String>,
    pub deduplication: Option<String>,
    /// In place of the queue's own.
    pub delay: Option<u32>,
    pub sender: String,
    pub cause: Option<Cause>,
    /// The event that it comes out of, where no call brought it.
    pub parent: Option<Event>,
}

/// A message that was sent, now or as the same one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub id: EventId,
    pub sequence: Sequence,
}

/// What a message becomes that is to be sent.
pub enum Prepared {
    New(Box<Fresh>),
    /// It was sent before, or is being sent: nobody may be answered before that is on disk.
    Known(Outcome),
}

/// A message whose rows are to be committed by others; `Engine::arrived` is told when that has happened.
pub struct Fresh {
    pub message: Message,
    pub rows: Transaction,
}

impl Engine {
    /// Sends messages, all of them in one commit.
    pub async fn send(&self, open: &Open, new: Vec<New>) -> Result<Vec<Sent>, Internal> {
        let (mut sent, mut prepared, mut all) = (Vec::new(), Vec::new(), Transaction::new());
        let mut known = Vec::new();
        for new in new {
            let (answer, message) = self.prepare(open, new)?;
            sent.push(answer);
            match message {
                Prepared::New(fresh) => {
                    all = all.and(fresh.rows);
                    prepared.push(fresh.message);
                }
                Prepared::Known(outcome) => known.push(outcome),
            }
        }
        let committed = match prepared.is_empty() {
            true => Ok(()),
            false => self.parts.table.commit(all).await.map(drop).map_err(CommitError::unexpected),
        };
        match committed {
            Ok(()) => self.arrived(open, &prepared),
            Err(_) => prepared.iter().for_each(|message| forget_sent(open, message)),
        }
        self.underway.end(prepared.iter().map(|message| &message.id), committed.is_ok());
        committed?;
        for outcome in known {
            if !outcome.is_written().await {
                return Err(Internal::new("the message that this one repeats could not be written"));
            }
        }
        Ok(sent)
    }

    /// What a message becomes: its answer and, unless it was sent before, its rows.
    fn prepare(&self, open: &Open, new: New) -> Result<(Sent, Prepared), Internal> {
        let (queue, now) = (open.queue(), self.now());
        let deduplication = new.deduplication.clone().or_else(|| {
            let by_content = queue.key.is_fifo() && queue.settings.content_deduplication;
            by_content.then(|| hex::encode(Sha256::digest(&new.body)))
        });
        let is_fifo = queue.key.is_fifo();
        let known =
            deduplication.clone().filter(|_| is_fifo).map(|id| (scope(open, new.group.as_deref()), id));
        let (event, mut all) = self.held(open, &new)?;
        // The order of sequences is that in which senders came here.
        let mut state = open.state();
        if let Some(key) = &known
            && let Some(once) = state.sent.get(key).filter(|once| once.until > now)
        {
            let known = Prepared::Known(self.underway.outcome(&once.id));
            return Ok((Sent { id: once.id, sequence: once.sequence }, known));
        }
        let sequence = self.next_sequence();
        if let Some((scope, id)) = known {
            let once = Once { id: event.id, sequence, until: now + limits::DEDUPLICATION };
            all = all.put(rows::sent(&queue.id, &scope, &id), store::encode(&once)?);
            state.sent.insert((scope, id), once);
            self.underway.begin(event.id);
        }
        drop(state);
        let delay = new.delay.unwrap_or(queue.settings.delay);
        let message = Message {
            sequence,
            id: event.id,
            body: new.body,
            attributes: new.attributes,
            trace: new.trace,
            group: new.group,
            deduplication,
            sender: new.sender,
            sent: now,
            visible: now + Duration::from_secs(delay.into()),
            receives: 0,
            first_received: None,
            last_received: None,
            receipt: 0,
            dead_letter_of: None,
        };
        all = all.put(rows::message(&queue.id, sequence), store::encode(&message)?);
        let fresh = Box::new(Fresh { message, rows: all });
        Ok((Sent { id: event.id, sequence }, Prepared::New(fresh)))
    }

    fn held(&self, open: &Open, new: &New) -> Result<(Event, Transaction), Internal> {
        let key = open.queue().key.clone();
        // Of the body the timeline only says how long it is.
        let body = bytes::Bytes::copy_from_slice(new.body.as_bytes());
        let mut event = NewEvent::new(key.account.clone(), key.region.clone(), "sqs", key.arn(), body);
        event.subject.clone_from(&key.name);
        event.cause.clone_from(&new.cause);
        self.parts.delivery.hold(&event.out_of(&new.parent))
    }

    /// Their rows are on disk: they can be received.
    pub(super) fn arrived(&self, open: &Open, messages: &[Message]) {
        let (queue, now) = (open.queue(), self.now());
        {
            let mut state = open.state();
            for message in messages {
                state.index.add(message.sequence, queue.ordered(message), message.visible, now);
            }
        }
        open.more.notify_waiters();
    }
}

/// What repetitions are looked for in. AWS: `DeduplicationScope`.
fn scope(open: &Open, group: Option<&str>) -> String {
    let by_group = open.queue().settings.deduplication_scope.as_deref() == Some("messageGroup");
    group.filter(|_| by_group).unwrap_or_default().to_owned()
}

/// It was not sent after all.
fn forget_sent(open: &Open, message: &Message) {
    open.state().sent.retain(|_, once| once.id != message.id);
}
