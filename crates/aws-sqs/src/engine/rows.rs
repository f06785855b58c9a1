//! Where queues and messages are in the store.
//!
//! `sqs/queue/<account>/<region>/<name>` a queue; `sqs/message/<queue's id>/<sequence>` a message of it;
//! `sqs/body/<queue's id>/<sequence>` the body of one that is large; `sqs/count/<queue's id>` how many there are;
//! `sqs/flight/<queue's id>/<time>/<sequence>` one that is in flight until then;
//! `sqs/delay/<queue's id>/<time>/<sequence>` one that is delayed until then, with its group;
//! `sqs/delays/<queue's id>/<time>` how many of those end before then;
//! `sqs/sent/<queue's id>/<scope>/<deduplication id>` what a FIFO queue was sent within the last five minutes;
//! `sqs/gone/<queue's id>` a queue that was deleted, whose messages are still to be removed; `sqs/purge/<queue's id>` one whose
//! messages before a sequence are; `sqs/sequences` sequences that no later process may give.

use model::{AccountId, Internal, Region, Time};
use store::{Key, KeyPart};

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

pub fn body(queue: &str, sequence: Sequence) -> Key {
    root("body").text(queue).number(sequence)
}

pub fn count(queue: &str) -> Key {
    root("count").text(queue)
}

fn at(time: Time) -> u64 {
    time.as_millis().max(0) as u64
}

pub fn flights(queue: &str) -> Key {
    root("flight").text(queue)
}

pub fn flight(queue: &str, until: Time, sequence: Sequence) -> Key {
    flights(queue).number(at(until)).number(sequence)
}

pub fn all_delayed(queue: &str) -> Key {
    root("delay").text(queue)
}

pub fn delayed(queue: &str, until: Time, sequence: Sequence) -> Key {
    all_delayed(queue).number(at(until)).number(sequence)
}

/// After every delay that ends before then, and before all others.
pub fn all_delayed_before(queue: &str, time: Time) -> Key {
    all_delayed(queue).number(at(time))
}

pub fn delays(queue: &str) -> Key {
    root("delays").text(queue)
}

pub fn delays_before(queue: &str, time: Time) -> Key {
    delays(queue).number(at(time))
}

/// The time and the sequence that a row of flights or delays is about.
pub fn due(key: &Key) -> Result<(Time, Sequence), Internal> {
    let parts = key.parts().map_err(Internal::because("reading when a message is due"))?;
    match &parts[..] {
        [.., KeyPart::Number(time), KeyPart::Number(sequence)] => {
            Ok((Time::from_millis(*time as i64), *sequence))
        }
        _ => Err(Internal::new("a row does not say when a message is due")),
    }
}

/// `scope` is the group, or empty for the whole queue.
pub fn sent(queue: &str, scope: &str, deduplication: &str) -> Key {
    sent_to(queue).text(scope).text(deduplication)
}

/// What may be left of a queue beside its messages.
pub fn all_of(queue: &str) -> [Key; 5] {
    [root("body").text(queue), flights(queue), all_delayed(queue), delays(queue), sent_to(queue)]
}

pub fn all_gone() -> Key {
    root("gone")
}

pub fn gone(queue: &str) -> Key {
    all_gone().text(queue)
}

pub fn purges() -> Key {
    root("purge")
}

pub fn purge(queue: &str) -> Key {
    purges().text(queue)
}

pub fn sequences() -> Key {
    root("sequences")
}
