//! Where queues and messages are in the store.
//!
//! `sqs/queue/<account>/<region>/<name>` a queue; `sqs/message/<queue's id>/<sequence>` a message of it;
//! `sqs/sent/<queue's id>/<scope>/<deduplication id>` what a FIFO queue was sent within the last five minutes;
//! `sqs/gone/<queue's id>` a queue that was deleted, or purged of some, whose messages are still to be removed.

use model::{AccountId, Region};
use store::Key;

use super::message::Sequence;
use super::queue::QueueKey;

fn root(kind: &str) -> Key {
    Key::new().text("sqs").text(kind)
}

pub fn queues() -> Key {
    root("queue")
}

pub fn queues_of(account: &AccountId, region: &Region) -> Key {
    queues().text(account.as_str()).text(region.as_str())
}

pub fn queue(key: &QueueKey) -> Key {
    queues_of(&key.account, &key.region).text(&key.name)
}

pub fn messages(queue: &str) -> Key {
    root("message").text(queue)
}

pub fn message(queue: &str, sequence: Sequence) -> Key {
    messages(queue).number(sequence)
}

pub fn sent_to(queue: &str) -> Key {
    root("sent").text(queue)
}

/// `scope` is the group, or empty for the whole queue.
pub fn sent(queue: &str, scope: &str, deduplication: &str) -> Key {
    sent_to(queue).text(scope).text(deduplication)
}

pub fn all_gone() -> Key {
    root("gone")
}

pub fn gone(queue: &str) -> Key {
    all_gone().text(queue)
}
