//! Publishing: a message is on disk when its publisher is answered, once for all subscribers.

use std::collections::HashMap;

use delivery::NewEvent;
use model::{Cause, EventId, Internal, Time};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{CommitError, Record, Transaction};

use super::envelope::Publication;
use super::topic::{Topic, TopicKey};
use super::{Engine, locked, rows};
use crate::limits;

/// What FIFO topics were sent within the last five minutes.
pub type Lately = HashMap<(TopicKey, String, String), Published>;

/// A message that is to be published, checked.
#[derive(Debug, Clone)]
pub struct New {
    pub publication: Publication,
    pub cause: Option<Cause>,
}

/// A message that was published, now or as the same one before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Published {
    pub id: EventId,
    pub sequence: Option<String>,
    until: Time,
}

impl Record for Published {
    const VERSION: u32 = 1;
}

impl Engine {
    /// Publishes messages, all of them in one commit.
    pub async fn publish(&self, topic: &Topic, new: Vec<New>) -> Result<Vec<Published>, Internal> {
        let (mut published, mut all) = (Vec::new(), Transaction::new());
        let mut fresh = Vec::new();
        for new in new {
            let key = self.repetition(topic, &new.publication);
            let known = match &key {
                Some(key) => self.sent_before(key).await?,
                None => None,
            };
            if let Some(known) = known {
                published.push(known);
                continue;
            }
            let (answer, rows) = self.accept(topic, new, key.as_ref())?;
            if let Some(key) = key {
                fresh.push(key.clone());
                locked(&self.sent).insert(key, answer.clone());
            }
            all = all.and(rows);
            published.push(answer);
        }
        if all.put.is_empty() {
            return Ok(published);
        }
        let committed = self.parts.table.commit(all).await.map_err(CommitError::unexpected);
        if committed.is_err() {
            let mut sent = locked(&self.sent);
            fresh.iter().for_each(|key| drop(sent.remove(key)));
        }
        committed.map(|_| published)
    }

    fn accept(
        &self,
        topic: &Topic,
        new: New,
        key: Option<&(TopicKey, String, String)>,
    ) -> Result<(Published, Transaction), Internal> {
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
        let (id, mut rows) = self.parts.delivery.accept(event)?;
        let published = Published { id, sequence, until: self.now() + limits::DEDUPLICATION };
        if let Some((topic, scope, deduplication)) = key {
            rows = rows.put(rows::sent(topic, scope, deduplication), store::encode(&published)?);
        }
        Ok((published, rows))
    }

    /// What repetitions of a message are known by; `None` of a standard topic.
    fn repetition(&self, topic: &Topic, publication: &Publication) -> Option<(TopicKey, String, String)> {
        if !topic.key.is_fifo() {
            return None;
        }
        let by_content =
            || topic.has_content_deduplication().then(|| hex::encode(Sha256::digest(&publication.body)));
        let id = publication.deduplication.clone().or_else(by_content)?;
        let by_group = topic.attribute("FifoThroughputScope") == Some("MessageGroup");
        let scope = publication.group.clone().filter(|_| by_group).unwrap_or_default();
        Some((topic.key.clone(), scope, id))
    }

    async fn sent_before(&self, key: &(TopicKey, String, String)) -> Result<Option<Published>, Internal> {
        let now = self.now();
        {
            let mut sent = locked(&self.sent);
            if sent.len() > limits::REMEMBERED {
                sent.retain(|_, published| published.until > now);
            }
            if let Some(known) = sent.get(key) {
                return Ok(Some(known.clone()).filter(|known| known.until > now));
            }
        }
        // Sent to an earlier process, perhaps.
        let row = self.parts.table.get(&rows::sent(&key.0, &key.1, &key.2)).await?;
        let known: Option<Published> = row.map(|row| store::decode(&row.value)).transpose()?;
        Ok(known.filter(|known| known.until > now))
    }
}
