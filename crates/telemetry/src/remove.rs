//! Removing groups and streams. That it is deleted is one commit; its rows follow, also after a crash: by the sweep.

use std::ops::Range;

use model::{AccountId, Internal};
use serde::{Deserialize, Serialize};
use store::{CommitError, Entry, Expected, Key, KeyPart, Record, Transaction};

use crate::keys;
use crate::limits::{ATTEMPTS, LIST_ROWS, REMOVE_ROWS};
use crate::logs::{GroupAt, LogError, Logs, came_through, too_contended};
use crate::position::Position;
use crate::rows::Stream;

/// What was deleted: the seconds that its events are in.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Gone {
    seconds: Range<u64>,
}

impl Record for Gone {
    const VERSION: u32 = 1;
}

impl Gone {
    fn of(stream: &Stream) -> Self {
        let seconds = stream.written.map_or(0..0, |written| {
            Position::at(written.first).second()..Position::at(written.last).second() + 1
        });
        Self { seconds }
    }
}

impl Logs {
    /// Deletes a group with all that is in it.
    pub async fn delete_group(&self, at: &GroupAt) -> Result<(), LogError> {
        for _ in 0..ATTEMPTS {
            let group = self.kept_group(at).await?;
            let id = group.record.id;
            let delete = Transaction::new()
                .expect(at.key(), Expected::At(group.revision))
                .remove(at.key())
                .put(keys::gone_group(id), store::encode(&Gone { seconds: 0..u64::MAX })?);
            if came_through(self.table().commit(delete).await)? {
                return Ok(self.clear_group(id).await?);
            }
        }
        Err(too_contended())
    }

    /// Deletes a stream with its events.
    pub async fn delete_stream(&self, at: &GroupAt, name: &str) -> Result<(), LogError> {
        for _ in 0..ATTEMPTS {
            let group = self.kept_group(at).await?.record;
            let stream = self.kept_stream(&group, name).await?;
            let (id, gone) = (stream.record.id, Gone::of(&stream.record));
            let key = keys::stream(group.id, name);
            let delete = Transaction::new()
                .expect(key.clone(), Expected::At(stream.revision))
                .remove(key)
                .put(keys::gone_stream(group.id, id), store::encode(&gone)?);
            if came_through(self.table().commit(delete).await)? {
                return Ok(self.clear_stream(group.id, id, gone.seconds).await?);
            }
        }
        Err(too_contended())
    }

    /// Deletes every group of an account: for test suites that begin anew.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        loop {
            let entries = self.table().range(&keys::groups_of(account), None, LIST_ROWS).await?;
            if entries.is_empty() {
                return Ok(());
            }
            for entry in entries {
                // That somebody else deleted it is as good.
                if let Err(LogError::Internal(internal)) =
                    self.delete_group(&group_at(account, &entry)?).await
                {
                    return Err(internal);
                }
            }
        }
    }

    /// Removes what deletions left behind.
    pub(crate) async fn clear_gone(&self) -> Result<(), Internal> {
        for entry in self.table().range(&keys::all_gone(), None, usize::MAX).await? {
            let gone: Gone = store::decode(&entry.row.value)?;
            match entry.key.parts().map_err(Internal::because("reading what is gone"))?[2..] {
                [KeyPart::Number(group)] => self.clear_group(group).await?,
                [KeyPart::Number(group), KeyPart::Number(stream)] => {
                    self.clear_stream(group, stream, gone.seconds).await?;
                }
                _ => return Err(Internal::new("what is gone has a key that is not ours")),
            }
        }
        Ok(())
    }

    async fn clear_group(&self, group: u64) -> Result<(), Internal> {
        self.clear(keys::events(group)).await?;
        self.clear(keys::streams(group)).await?;
        // With those of its streams.
        self.clear(keys::gone_group(group)).await
    }

    async fn clear_stream(&self, group: u64, stream: u64, seconds: Range<u64>) -> Result<(), Internal> {
        let mut after = None;
        loop {
            let (rows, next) = self.chunk_rows(group, seconds.clone(), after.as_ref()).await?;
            let of_stream = rows.into_iter().filter(|row| row.stream == stream);
            self.remove(of_stream.map(|row| row.key).collect()).await?;
            if next.is_none() {
                return self.remove(vec![keys::gone_stream(group, stream)]).await;
            }
            after = next;
        }
    }

    async fn clear(&self, prefix: Key) -> Result<(), Internal> {
        loop {
            let entries = self.table().range(&prefix, None, REMOVE_ROWS).await?;
            if entries.is_empty() {
                return Ok(());
            }
            self.remove(entries.into_iter().map(|entry| entry.key).collect()).await?;
        }
    }

    async fn remove(&self, keys: Vec<Key>) -> Result<(), Internal> {
        if keys.is_empty() {
            return Ok(());
        }
        let remove = Transaction { remove: keys, ..Transaction::new() };
        self.table().commit(remove).await.map(drop).map_err(CommitError::unexpected)
    }
}

fn group_at(account: &AccountId, entry: &Entry) -> Result<GroupAt, Internal> {
    let reading = "reading a group's key";
    match &entry.key.parts().map_err(Internal::because(reading))?[..] {
        [_, _, _, KeyPart::Text(region), KeyPart::Text(name)] => {
            let region = model::Region::new(region.clone());
            Ok(GroupAt { account: account.clone(), region, name: name.clone() })
        }
        _ => Err(Internal::new(reading)),
    }
}
