//! What FIFO topics were sent within the last five minutes: the same again is not sent again. The rows are there for the next
//! process; this one knows them all.

use std::collections::{HashMap, VecDeque};

use model::{EventId, Internal, Time};
use serde::{Deserialize, Serialize};
use store::{Key, Record, Transaction};

use super::topic::TopicKey;
use super::{Engine, locked, rows};

/// Rows of what is over that one commit takes away: more than it adds, so that they become fewer.
const FORGOTTEN: usize = 16;

/// A message that was published, now or as the same one before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Published {
    pub id: EventId,
    pub sequence: Option<String>,
    pub until: Time,
}

impl Record for Published {
    const VERSION: u32 = 1;
}

/// By their rows' keys.
#[derive(Default)]
pub struct Lately {
    known: HashMap<Key, Published>,
    /// The oldest first.
    order: VecDeque<(Time, Key)>,
}

impl Lately {
    pub fn find(&self, key: &Key, now: Time) -> Option<&Published> {
        self.known.get(key).filter(|published| published.until > now)
    }

    pub fn add(&mut self, key: Key, published: Published) {
        self.order.push_back((published.until, key.clone()));
        self.known.insert(key, published);
    }

    pub fn remove(&mut self, key: &Key) {
        self.known.remove(key);
    }

    /// The removal of rows that are over, some at a time.
    pub fn forget(&mut self, now: Time) -> Transaction {
        let mut forget = Transaction::new();
        for _ in 0..FORGOTTEN {
            let Some((_, key)) = self.order.pop_front_if(|(until, _)| *until <= now) else { break };
            // Its place may be another's by now.
            if self.known.get(&key).is_some_and(|published| published.until <= now) {
                self.known.remove(&key);
                forget = forget.remove(key);
            }
        }
        forget
    }
}

impl Engine {
    /// Learns what an earlier process was sent, once.
    pub async fn know_lately(&self) -> Result<(), Internal> {
        let load = || async {
            let entries = self.parts.table.range(&rows::all_sent(), None, usize::MAX).await?;
            let mut lately = locked(&self.lately);
            let mut all = Vec::with_capacity(entries.len());
            for entry in entries {
                all.push((store::decode::<Published>(&entry.row.value)?, entry.key));
            }
            all.sort_unstable_by_key(|(published, _)| published.until);
            for (published, key) in all {
                self.saw(published.sequence.as_deref());
                lately.add(key, published);
            }
            Ok(())
        };
        self.lately_known.get_or_try_init(load).await.copied()
    }

    /// A topic that is made anew was sent nothing.
    pub fn forget_lately(&self, topic: &TopicKey) {
        let all = rows::sent_to(topic);
        locked(&self.lately).known.retain(|key, _| !key.starts_with(&all));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_forgotten_unless_it_was_sent_again() {
        let at = |seconds: i64| Time::from_millis(seconds * 1_000);
        let published = |until| Published { id: EventId::random(), sequence: None, until: at(until) };
        let key = |name| Key::new().text(name);
        let mut lately = Lately::default();
        lately.add(key("a"), published(10));
        lately.add(key("b"), published(20));
        assert!(lately.find(&key("a"), at(9)).is_some() && lately.find(&key("a"), at(10)).is_none());
        lately.add(key("a"), published(30));
        assert_eq!(lately.forget(at(25)).remove, [key("b")]);
        assert!(lately.find(&key("a"), at(25)).is_some());
        assert_eq!(lately.forget(at(30)).remove, [key("a")]);
        assert!(lately.order.is_empty() && lately.known.is_empty());
    }
}
