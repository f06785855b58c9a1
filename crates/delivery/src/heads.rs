//! What a driver knows of its pending events. The store has them too: those under way until they are settled.

use std::collections::{BTreeSet, HashMap};

use model::{EventId, Internal, Time};
use store::{Key, KeyPart};
use tokio::task;

/// A pending event, when it is due, and the group in which it keeps its place. In the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    pub due: Time,
    pub id: EventId,
    pub group: Option<String>,
}

impl Head {
    /// What a due row says.
    pub fn of(key: &Key) -> Result<Self, Internal> {
        let parts = key.parts().map_err(Internal::because("reading a due row"))?;
        match &parts[3..] {
            [KeyPart::Number(due), KeyPart::Text(id), rest @ ..] => Ok(Self {
                due: Time::from_millis(*due as i64),
                id: id.parse().map_err(Internal::because("reading a due row's event"))?,
                group: match rest.first() {
                    Some(KeyPart::Text(group)) => Some(group.to_string()),
                    _ => None,
                },
            }),
            _ => Err(Internal::new("a due row has no time")),
        }
    }
}

#[derive(Default)]
pub struct Heads {
    /// Not under way, the first one first.
    waiting: BTreeSet<Head>,
    under_way: HashMap<task::Id, Head>,
    /// By groups of which one is under way: those that wait behind it.
    behind: HashMap<String, BTreeSet<Head>>,
    /// There are more in the store than are known, all of them due later than this.
    beyond: Option<Time>,
}

impl Heads {
    /// Pending events that a driver knows at once, beside those of groups that have one under way. Of more, it knows those
    /// that are due first.
    pub const KNOWN: usize = 10_000;

    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }

    pub fn add(&mut self, head: Head) {
        if self.beyond.is_none_or(|beyond| head.due < beyond) {
            self.waiting.insert(head);
        }
        if self.waiting.len() > Self::KNOWN {
            self.beyond = self.waiting.pop_last().map(|head| head.due);
        }
    }

    /// Only the store knows now.
    pub fn forget(&mut self) {
        self.waiting.clear();
        self.behind.values_mut().for_each(BTreeSet::clear);
        self.beyond = Some(Time::from_millis(0));
    }

    /// The first `KNOWN` and one that the store has; fewer are all there are.
    pub fn learn(&mut self, heads: Vec<Head>) {
        self.beyond = None;
        let is_all = heads.len() <= Self::KNOWN;
        let last = heads.last().map(|head| head.due);
        for head in heads {
            if !self.is_under_way(&head.id) {
                self.add(head);
            }
        }
        if !is_all && self.beyond.is_none() {
            self.beyond = last;
        }
    }

    /// Whether there are some, and none of them is known.
    pub fn knows_only_of_more(&self) -> bool {
        self.waiting.is_empty() && self.beyond.is_some()
    }

    /// The next one that can begin; or when to look again.
    pub fn next(&mut self, now: Time) -> Result<Head, Option<Time>> {
        let mut passed = Vec::new();
        let mut found = Err(None);
        while let Some(head) = self.waiting.pop_first() {
            // One of a group keeps its place by its time, and does not wait for it.
            if head.due > now && head.group.is_none() {
                found = Err(Some(head.due));
                self.waiting.insert(head);
                break;
            }
            // An earlier try of it may not have been heard of yet.
            if self.is_under_way(&head.id) {
                passed.push(head);
                continue;
            }
            match head.group.as_ref().and_then(|group| self.behind.get_mut(group)) {
                Some(behind) => drop(behind.insert(head)),
                None => {
                    found = Ok(head);
                    break;
                }
            }
        }
        self.waiting.extend(passed);
        found
    }

    pub fn begun(&mut self, head: Head, task: task::Id) {
        if let Some(group) = &head.group {
            self.behind.entry(group.clone()).or_default();
        }
        self.under_way.insert(task, head);
    }

    pub fn ended(&mut self, task: task::Id) {
        let group = self.under_way.remove(&task).and_then(|head| head.group);
        if let Some(behind) = group.and_then(|group| self.behind.remove(&group)) {
            behind.into_iter().for_each(|head| self.add(head));
        }
    }

    fn is_under_way(&self, id: &EventId) -> bool {
        self.under_way.values().any(|head| head.id == *id)
    }
}
