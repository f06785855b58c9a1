//! Questions about events that people ask: how many, which, what changed, what came of one.
//! Only trees are indexed for them, so that accepting an event stays four rows, five within a tree; they read events, and
//! say how many at most.

use std::collections::BTreeMap;

use model::{AccountId, Internal};
use store::{Key, Revision};

use crate::delivery::Delivery;
use crate::event::{Event, State};
use crate::limits::{FOLLOWED, QUERY_EVENTS};
use crate::shared::id_of;
use crate::{rows, written};

/// Events read in one step.
const STEP: usize = 200;

/// How many events of an account are in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub pending: u64,
    pub done: u64,
    pub dead: u64,
}

impl Counts {
    /// All that were accepted and whose timelines are still kept.
    pub fn accepted(self) -> u64 {
        self.pending + self.done + self.dead
    }
}

impl Delivery {
    /// Counts an account's events. Reads every event there is.
    pub async fn counts(&self, account: &AccountId) -> Result<Counts, Internal> {
        let (all, mut after) = (rows::events(), None);
        let mut counts = Counts::default();
        loop {
            let entries = self.table().range(&all, after.as_ref(), STEP).await?;
            for entry in &entries {
                let event = written::decode(&entry.row.value)?;
                if event.account == *account {
                    match event.state {
                        State::Pending { .. } | State::Held => counts.pending += 1,
                        State::Done => counts.done += 1,
                        State::Dead => counts.dead += 1,
                    }
                }
            }
            match entries.last() {
                Some(last) if entries.len() == STEP => after = Some(last.key.clone()),
                _ => return Ok(counts),
            }
        }
    }

    /// Up to `limit` of an account's events that are wanted, newest first, of those after the place that an earlier page
    /// ended at. With the place that this page ends at, while there may be more: after some thousand events that
    /// were looked at, a page may end before it is full.
    pub async fn find(
        &self,
        account: &AccountId,
        mut after: Option<Key>,
        limit: usize,
        wanted: impl Fn(&Event) -> bool + Send,
    ) -> Result<(Vec<Event>, Option<Key>), Internal> {
        let (mut found, mut seen) = (Vec::new(), 0);
        loop {
            let (events, end) = self.recent(account, after, STEP).await?;
            seen += STEP;
            for event in events {
                if !wanted(&event) {
                    continue;
                }
                let place = rows::recent(account, event.received, event.id);
                found.push(event);
                if found.len() == limit {
                    return Ok((found, Some(place)));
                }
            }
            if end.is_none() || seen >= QUERY_EVENTS {
                return Ok((found, end));
            }
            after = end;
        }
    }

    /// Of an account's newest thousand events, those that changed after a revision, newest first; and the revision to ask
    /// with next.
    pub async fn changed(
        &self,
        account: &AccountId,
        since: Revision,
    ) -> Result<(Vec<Event>, Revision), Internal> {
        let (mut changed, mut latest) = (Vec::new(), since);
        for entry in self.table().range(&rows::recent_of(account), None, FOLLOWED).await? {
            let Some(row) = self.table().get(&rows::event(id_of(&entry)?)).await? else { continue };
            latest = latest.max(row.revision);
            if row.revision > since {
                changed.push(written::decode(&row.value)?);
            }
        }
        Ok((changed, latest))
    }

    /// The tree that an event stands in: its roots that are still known and all that came out of them, oldest first; and
    /// whether that is all of it.
    pub async fn tree(&self, event: &Event) -> Result<(Vec<Event>, bool), Internal> {
        let (mut tree, mut complete) = (BTreeMap::new(), true);
        for root in event.roots() {
            if let Some(root) = self.event(root).await? {
                tree.insert((root.received, root.id), root);
            }
            let entries = self.table().range(&rows::tree(root), None, QUERY_EVENTS).await?;
            complete &= entries.len() < QUERY_EVENTS;
            for entry in entries {
                if let Some(event) = self.event(id_of(&entry)?).await? {
                    tree.insert((event.received, event.id), event);
                }
            }
        }
        Ok((tree.into_values().collect(), complete))
    }
}
