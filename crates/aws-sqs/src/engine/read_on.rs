//! Reading on: what comes next in a queue, when what is known of it has been given out.

use model::Internal;
use store::{Entry, Key};

use super::index::{Due, Unread};
use super::message::{Message, Place, Sequence};
use super::open::Open;
use super::{Engine, rows};

impl Engine {
    /// Learns what has to be known before anything can be taken; `false` when nothing has.
    pub(super) async fn read_on(&self, open: &Open) -> Result<bool, Internal> {
        let _one = open.reading.lock().await;
        let unread = open.state().index.begin_reading(self.now());
        match unread {
            None => return Ok(false),
            Some(Unread::Delayed(from)) => self.read_delayed(open, from).await?,
            Some(Unread::Messages(from)) => self.read_messages(open, from).await?,
        }
        Ok(true)
    }

    async fn read_messages(&self, open: &Open, from: Sequence) -> Result<(), Internal> {
        let queue = open.queue();
        let before = from.checked_sub(1).map(|before| rows::message(&queue.id, before));
        let (entries, is_all) = self.part(&rows::messages(&queue.id), before).await?;
        let mut read = Vec::with_capacity(entries.len());
        for entry in entries {
            let place: Place = store::decode(&entry.row.value)?;
            let group = queue.ordered(&place.group).map(str::to_owned);
            read.push((place, group));
        }
        let next = read.last().map(|(place, _)| place.sequence + 1).filter(|_| !is_all);
        open.state().index.learn_messages(read, next);
        Ok(())
    }

    async fn read_delayed(&self, open: &Open, from: Due) -> Result<(), Internal> {
        let queue = open.queue();
        let (time, sequence) = from;
        let before = match sequence.checked_sub(1) {
            Some(before) => rows::delayed(&queue.id, time, before),
            None => rows::all_delayed_before(&queue.id, time),
        };
        let (entries, is_all) = self.part(&rows::all_delayed(&queue.id), Some(before)).await?;
        let mut read = Vec::with_capacity(entries.len());
        for entry in entries {
            let group = String::from_utf8_lossy(&entry.row.value).into_owned();
            let group = queue.ordered(&Some(group)).map(str::to_owned);
            read.push((rows::due(&entry.key)?, group));
        }
        let next = read.last().map(|((time, sequence), _)| (*time, sequence + 1)).filter(|_| !is_all);
        open.state().index.learn_delayed(read, next, self.now());
        Ok(())
    }

    /// Rows after a key, and whether these are all.
    async fn part(&self, all: &Key, after: Option<Key>) -> Result<(Vec<Entry>, bool), Internal> {
        let part = self.parts.reach.part;
        let entries = self.parts.table.range(all, after.as_ref(), part).await?;
        let is_all = entries.len() < part;
        Ok((entries, is_all))
    }

    /// A message as it is on disk; `None` when it is gone.
    pub(super) async fn message(&self, open: &Open, sequence: Sequence) -> Result<Option<Message>, Internal> {
        let Some(mut message) = self.without_body(open, sequence).await? else { return Ok(None) };
        if message.is_apart() {
            let row = rows::body(&open.queue().id, sequence);
            let Some(body) = self.parts.table.get(&row).await? else { return Ok(None) };
            message.body = String::from_utf8_lossy(&body.value).into_owned();
        }
        Ok(Some(message))
    }

    /// The same, without a body that has a row of its own.
    pub(super) async fn without_body(
        &self,
        open: &Open,
        sequence: Sequence,
    ) -> Result<Option<Message>, Internal> {
        let row = self.parts.table.get(&rows::message(&open.queue().id, sequence)).await?;
        row.map(|row| store::decode(&row.value)).transpose()
    }
}
