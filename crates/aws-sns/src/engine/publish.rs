//! Publishing: a message is on disk when its publisher is answered, once for all subscribers.

use delivery::NewEvent;
use model::{Cause, EventId, Internal};
use sha2::{Digest, Sha256};
use store::{CommitError, Key, Transaction};

use super::envelope::Publication;
use super::lately::Published;
use super::topic::Topic;
use super::underway::Outcome;
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

impl Prepared {
    fn add(&mut self, published: Published, rows: Transaction) {
        self.rows = std::mem::take(&mut self.rows).and(rows);
        self.answers.push(published);
    }
}

impl Engine {
    /// Publishes messages, all of them in one commit.
    pub async fn publish(&self, topic: &Topic, new: Vec<New>) -> Result<Vec<Published>, Internal> {
        if topic.key.is_fifo() {
            self.know_lately().await?;
        }
        let mut prepared = Prepared::default();
        let done = self.prepare(topic, new, &mut prepared);
        let Prepared { answers, rows, fresh, known } = prepared;
        let committed = match done {
            Ok(()) if rows.put.is_empty() => Ok(()),
            Ok(()) => self.parts.table.commit(rows).await.map(drop).map_err(CommitError::unexpected),
            Err(internal) => Err(internal),
        };
        if committed.is_err() && !fresh.is_empty() {
            let mut lately = locked(&self.lately);
            fresh.iter().for_each(|(key, _)| lately.remove(key));
        }
        self.underway.end(fresh.iter().map(|(_, id)| id), committed.is_ok());
        committed?;
        for outcome in known {
            if !outcome.written().await {
                return Err(Internal::new("the message that this one repeats could not be written"));
            }
        }
        Ok(answers)
    }

    fn prepare(&self, topic: &Topic, new: Vec<New>, prepared: &mut Prepared) -> Result<(), Internal> {
        if !topic.key.is_fifo() {
            for new in new {
                let (published, rows) = self.accept(topic, new)?;
                prepared.add(published, rows);
            }
            return Ok(());
        }
        let now = self.now();
        // Its order is that in which publishers came here.
        let mut lately = locked(&self.lately);
        prepared.rows = lately.forget(now);
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
            prepared.add(published, rows);
        }
        Ok(())
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

/// The row that repetitions of a message of a FIFO topic are known by.
fn repetition(topic: &Topic, publication: &Publication) -> Option<Key> {
    let by_content =
        || topic.has_content_deduplication().then(|| hex::encode(Sha256::digest(&publication.body)));
    let id = publication.deduplication.clone().or_else(by_content)?;
    let by_group = topic.attribute("FifoThroughputScope") == Some("MessageGroup");
    let scope = publication.group.as_deref().filter(|_| by_group).unwrap_or_default();
    Some(rows::sent(&topic.key, scope, &id))
}
