//! Log groups: made, described, changed.

use std::collections::BTreeMap;

use model::{AccountId, Internal, Region};
use store::{Expected, Transaction};

use crate::keys;
use crate::limits::{ATTEMPTS, LIST_ROWS};
use crate::logs::{GroupAt, LogError, Logs, came_through, too_contended};
use crate::rows::{Group, Stream};

/// Which groups of an account and region.
#[derive(Debug, Clone, Default)]
pub struct GroupsAsk {
    pub prefix: String,
    /// Anywhere in the name.
    pub containing: String,
    /// Only names that sort after this one.
    pub after: Option<String>,
    pub limit: usize,
}

/// A group as it is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupStatus {
    pub name: String,
    pub group: Group,
    /// Of the events of all its streams, as AWS counts them.
    pub bytes: u64,
}

impl Logs {
    /// Makes a group that keeps for ever.
    pub async fn create_group(&self, at: &GroupAt, tags: BTreeMap<String, String>) -> Result<(), LogError> {
        let group = Group { id: self.new_id(), created: self.now(), retention_days: None, tags };
        let create =
            Transaction::new().expect(at.key(), Expected::Absent).put(at.key(), store::encode(&group)?);
        let made = came_through(self.table().commit(create).await)?;
        if made { Ok(()) } else { Err(LogError::AlreadyExists) }
    }

    /// One group.
    pub async fn group(&self, at: &GroupAt) -> Result<GroupStatus, LogError> {
        let group = self.kept_group(at).await?.record;
        Ok(self.status(at.name.clone(), group).await?)
    }

    /// Sets how long events are kept, in days; `None` is for ever.
    pub async fn set_retention(&self, at: &GroupAt, days: Option<u32>) -> Result<(), LogError> {
        self.change_group(at, |group| group.retention_days = days).await
    }

    /// Changes a group's tags; what `change` does may be done more than once.
    pub async fn change_tags(
        &self,
        at: &GroupAt,
        change: impl Fn(&mut BTreeMap<String, String>) + Send,
    ) -> Result<(), LogError> {
        self.change_group(at, move |group| change(&mut group.tags)).await
    }

    /// Groups by name, and whether there are more. Sums up their streams: no counter that every writer would have to touch.
    pub async fn groups(
        &self,
        account: &AccountId,
        region: &Region,
        ask: &GroupsAsk,
    ) -> Result<(Vec<GroupStatus>, bool), Internal> {
        let within = keys::groups(account, region);
        let prefix = within.clone().text_starting_with(&ask.prefix);
        let mut after = ask.after.as_ref().map(|name| within.clone().text(name));
        let mut found = Vec::new();
        loop {
            let entries = self.table().range(&prefix, after.as_ref(), LIST_ROWS).await?;
            for entry in &entries {
                let name = entry.key.last_text().map_err(Internal::because("reading a group's key"))?;
                if !name.contains(&ask.containing) {
                    continue;
                }
                if found.len() == ask.limit {
                    return Ok((found, true));
                }
                found.push(self.status(name, store::decode(&entry.row.value)?).await?);
            }
            match entries.last() {
                Some(last) if entries.len() == LIST_ROWS => after = Some(last.key.clone()),
                _ => return Ok((found, false)),
            }
        }
    }

    async fn status(&self, name: String, group: Group) -> Result<GroupStatus, Internal> {
        let streams = self.table().range(&keys::streams(group.id), None, usize::MAX).await?;
        let bytes_of = |value: &[u8]| Ok(store::decode::<Stream>(value)?.bytes);
        let bytes = streams.iter().map(|entry| bytes_of(&entry.row.value)).sum::<Result<u64, Internal>>()?;
        Ok(GroupStatus { name, group, bytes })
    }

    async fn change_group(&self, at: &GroupAt, change: impl Fn(&mut Group) + Send) -> Result<(), LogError> {
        for _ in 0..ATTEMPTS {
            let mut kept = self.kept_group(at).await?;
            change(&mut kept.record);
            let put = Transaction::new()
                .expect(at.key(), Expected::At(kept.revision))
                .put(at.key(), store::encode(&kept.record)?);
            if came_through(self.table().commit(put).await)? {
                return Ok(());
            }
        }
        Err(too_contended())
    }
}
