//! Sending: a message is on disk when its sender is answered.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use delivery::{Attribute, Event, NewEvent};
use model::{Cause, EventId, Internal, Time};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{CommitError, Expected, Key, Record, Transaction};

use super::message::{Message, Sequence};
use super::open::Open;
use super::{Engine, places, rows};
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

/// A message that is not to be sent again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Once {
    pub id: EventId,
    pub sequence: Sequence,
    pub until: Time,
}

impl Record for Once {
    const VERSION: u32 = 1;
}

/// What a call becomes in one commit.
#[derive(Default)]
struct Prepared {
    sent: Vec<Sent>,
    messages: Vec<Message>,
    rows: Transaction,
    /// What the rows say was sent, by its row.
    once: HashMap<Key, Sent>,
}

impl Engine {
    /// Sends messages, all of them in one commit. To its end even when nobody waits any more: what is on disk can be received.
    pub async fn send(self: &Arc<Self>, open: &Arc<Open>, new: Vec<New>) -> Result<Vec<Sent>, Internal> {
        let (engine, open) = (self.clone(), open.clone());
        let sent = tokio::spawn(async move { engine.send_all(&open, &new).await });
        sent.await.map_err(Internal::because("sending messages"))?
    }

    async fn send_all(&self, open: &Open, new: &[New]) -> Result<Vec<Sent>, Internal> {
        loop {
            let mut prepared = Prepared::default();
            for new in new {
                self.prepare(open, new, &mut prepared).await?;
            }
            let Prepared { sent, messages, rows, .. } = prepared;
            if messages.is_empty() {
                return Ok(sent);
            }
            match self.parts.table.commit(rows).await {
                Ok(_) => {
                    self.arrived(open, &messages);
                    return Ok(sent);
                }
                // The same message was sent by somebody else at the same time.
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Internal(internal)) => return Err(internal),
            }
        }
    }

    /// What a message becomes: its answer and, unless it was sent before, its rows.
    async fn prepare(&self, open: &Open, new: &New, all: &mut Prepared) -> Result<(), Internal> {
        let (queue, now) = (open.queue(), self.now());
        let deduplication = new.deduplication.clone().or_else(|| {
            let by_content = queue.key.is_fifo() && queue.settings.content_deduplication;
            by_content.then(|| hex::encode(Sha256::digest(&new.body)))
        });
        let known = deduplication.as_ref().filter(|_| queue.key.is_fifo());
        let known = known.map(|id| rows::sent(&queue.id, scope(open, new.group.as_deref()), id));
        let mut expected = Expected::Absent;
        if let Some(key) = &known {
            if let Some(sent) = all.once.get(key) {
                all.sent.push(sent.clone());
                return Ok(());
            }
            if let Some(row) = self.parts.table.get(key).await? {
                let once: Once = store::decode(&row.value)?;
                if once.until > now {
                    all.sent.push(Sent { id: once.id, sequence: once.sequence });
                    return Ok(());
                }
                expected = Expected::At(row.revision);
            }
        }
        let sequence = self.next_sequence().await?;
        let (event, held) = self.held(open, new)?;
        let sent = Sent { id: event.id, sequence };
        let message = message(open, new, &sent, deduplication, now);
        let mut rows = std::mem::take(&mut all.rows).and(held).and(places::add(&queue.id, &message)?);
        if let Some(key) = known {
            let once = Once { id: event.id, sequence, until: now + limits::DEDUPLICATION };
            rows = rows.expect(key.clone(), expected).put(key.clone(), store::encode(&once)?);
            all.once.insert(key, sent.clone());
        }
        all.rows = rows;
        all.sent.push(sent);
        all.messages.push(message);
        Ok(())
    }

    fn held(&self, open: &Open, new: &New) -> Result<(Event, Transaction), Internal> {
        let key = &open.queue().key;
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
                state.index.add(message.sequence, queue.ordered(&message.group), message.due(), now);
            }
        }
        open.more.notify_waiters();
    }
}

fn message(open: &Open, new: &New, sent: &Sent, deduplication: Option<String>, now: Time) -> Message {
    let delay = new.delay.unwrap_or(open.queue().settings.delay);
    Message {
        sequence: sent.sequence,
        id: sent.id,
        body: new.body.clone(),
        attributes: new.attributes.clone(),
        trace: new.trace.clone(),
        group: new.group.clone(),
        deduplication,
        sender: new.sender.clone(),
        sent: now,
        visible: now + Duration::from_secs(delay.into()),
        receives: 0,
        first_received: None,
        last_received: None,
        receipt: 0,
        dead_letter_of: None,
    }
}

/// What repetitions are looked for in. AWS: `DeduplicationScope`.
fn scope<'a>(open: &Open, group: Option<&'a str>) -> &'a str {
    let by_group = open.queue().settings.deduplication_scope.as_deref() == Some("messageGroup");
    group.filter(|_| by_group).unwrap_or_default()
}
