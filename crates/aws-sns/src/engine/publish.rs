//! Publishing: a message is on disk when its publisher is answered, once for all subscribers.

use delivery::NewEvent;
use model::{Cause, EventId, Internal};
use sha2::{Digest, Sha256};
use store::{CommitError, Key, Outcome, Transaction};

use super::envelope::Publication;
use super::lately::Published;
use super::topic::Topic;
use super::{Engine, locked, rows};
use crate::limits;

/// A message that is to be published, checked.
#[derive(Debug, Clone)]
pub struct New {
    pub publication: Publication,
    pub cause: Option<Cause>,
}

/// What is to be written for messages, and what their publishers are answered then.
#[derive(Default)]
struct Prepared {
    answers: Vec<Published>,
    rows: Transaction,
    /// What a FIFO topic is not to be sent again.
    fresh: Vec<(Key, EventId)>,
    /// Those that others are writing.
    known: Vec<Outcome>,
}

impl Engine {
    /// Publishes messages, all of them in one commit.
    pub async fn publish(&self, topic: &Topic, new: Vec<New>) -> Result<Vec<Published>, Internal> {
        if topic.key.is_fifo() {
            self.know_lately().await?;
        }
        let Prepared { answers, rows, fresh, known } = self.prepare(topic, new)?;
        if !rows.put.is_empty() {
            let committed = self.parts.table.commit(rows).await.map_err(CommitError::unexpected);
            if committed.is_err() {
                let mut lately = locked(&self.lately);
                fresh.iter().for_each(|(key, _)| lately.remove(key));
            }
            self.underway.end(fresh.iter().map(|(_, id)| id), committed.is_ok());
            committed?;
        }
        for outcome in known {
            if !outcome.is_written().await {
                return Err(Internal::new("the message that this one repeats could not be written"));
            }
        }
        Ok(answers)
    }

    fn prepare(&self, topic: &Topic, new: Vec<New>) -> Result<Prepared, Internal> {
        let now = self.now();
        // Its order is that in which publishers came here.
        let mut lately = locked(&self.lately);
        let mut prepared = Prepared { rows: lately.forget(now), ..Prepared::default() };
        for new in new {
            let key = repetition(topic, &new.publication);
            if let Some(known) = key.as_ref().and_then(|key| lately.find(key, now)) {
                prepared.known.push(self.underway.outcome(&known.id));
                prepared.answers.push(known.clone());
                continue;
            }
            let (published, mut rows) = self.accept(topic, new)?;
            if let Some(key) = key {
                rows = rows.put(key.clone(), store::encode(&published)?);
                self.underway.begin(published.id);
                prepared.fresh.push((key.clone(), published.id));
                lately.add(key, published.clone());
            }
            prepared.rows = prepared.rows.and(rows);
            prepared.answers.push(published);
        }
        Ok(prepared)
    }

    fn accept(&self, topic: &Topic, new: New) -> Result<(Published, Transaction), Internal> {
        let mut publication = new.publication;
        let is_fifo = topic.key.is_fifo();
        let sequence = is_fifo.then(|| format!("{:020}", self.next_sequence()));
        publication.sequence.clone_from(&sequence);
        let (account, region) = (topic.key.account.clone(), topic.key.region.clone());
        let mut event = NewEvent::new(account, region, "sns", topic.key.arn(), publication.pack()?);
        event.subject.clone_from(&topic.key.name);
        event.cause = new.cause;
        event.group = publication.group.clone().filter(|_| is_fifo);
        event.max_age = limits::DELIVERY_AGE;
        let (id, rows) = self.parts.delivery.accept(event)?;
        Ok((Published { id, sequence, until: self.now() + limits::DEDUPLICATION }, rows))
    }
}

/// The row that repetitions of a message are known by; `None` of a standard topic.
fn repetition(topic: &Topic, publication: &Publication) -> Option<Key> {
    if !topic.key.is_fifo() {
        return None;
    }
    let by_content =
        || topic.has_content_deduplication().then(|| hex::encode(Sha256::digest(&publication.body)));
    let id = publication.deduplication.clone().or_else(by_content)?;
    let by_group = topic.attribute("FifoThroughputScope") == Some("MessageGroup");
    let scope = publication.group.as_deref().filter(|_| by_group).unwrap_or_default();
    Some(rows::sent(&topic.key, scope, &id))
}
