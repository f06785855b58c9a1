//! Where topics are in the store.
//!
//! `sns/topic/<account>/<region>/<name>` a topic; `sns/subscription/<account>/<region>/<topic>/<id>` a subscription to it;
//! `sns/sent/<account>/<region>/<topic>/<scope>/<deduplication id>` what a FIFO topic was sent within the last five minutes;
//! `sns/application/<account>/<region>/<resource>` and `sns/endpoint/<application>/<id>` devices; `sns/sms/<account>/<region>`
//! settings of text messages, `sns/phone/<account>/<region>/<number>` what is known of numbers;
//! `sns/outbox/<account>/<newest first>/<id>` what went to people and devices; `sns/signer` the key that signs messages.

use model::{AccountId, Arn, Region, Time};
use store::Key;

use super::topic::TopicKey;

fn root(kind: &str) -> Key {
    Key::new().text("sns").text(kind)
}

fn in_region(kind: &str, account: &AccountId, region: &Region) -> Key {
    root(kind).text(account.as_str()).text(region.as_str())
}

pub fn topics() -> Key {
    root("topic")
}

pub fn topics_of(account: &AccountId, region: &Region) -> Key {
    in_region("topic", account, region)
}

pub fn topic(key: &TopicKey) -> Key {
    topics_of(&key.account, &key.region).text(&key.name)
}

pub fn subscriptions_of(account: &AccountId, region: &Region) -> Key {
    in_region("subscription", account, region)
}

pub fn subscriptions(topic: &TopicKey) -> Key {
    subscriptions_of(&topic.account, &topic.region).text(&topic.name)
}

pub fn subscription(topic: &TopicKey, id: &str) -> Key {
    subscriptions(topic).text(id)
}

pub fn all_sent() -> Key {
    root("sent")
}

pub fn sent_to(topic: &TopicKey) -> Key {
    in_region("sent", &topic.account, &topic.region).text(&topic.name)
}

/// `scope` is the group, or empty for the whole topic.
pub fn sent(topic: &TopicKey, scope: &str, deduplication: &str) -> Key {
    sent_to(topic).text(scope).text(deduplication)
}

pub fn outbox_of(account: &AccountId) -> Key {
    root("outbox").text(account.as_str())
}

pub fn outbox(account: &AccountId, time: Time, id: &str) -> Key {
    outbox_of(account).number(u64::MAX - time.as_millis().max(0) as u64).text(id)
}

pub fn signer() -> Key {
    root("signer")
}

/// The kinds that lie by account and are not about a topic.
pub const OWNED: [&str; 4] = ["application", "sms", "phone", "outbox"];

/// Everything of a kind that an account has.
pub fn all_of(kind: &str, account: &AccountId) -> Key {
    root(kind).text(account.as_str())
}

pub fn applications(account: &str, region: &str) -> Key {
    root("application").text(account).text(region)
}

pub fn application(arn: &Arn) -> Key {
    applications(&arn.account, &arn.region).text(&arn.resource)
}

pub fn endpoints(application: &Arn) -> Key {
    root("endpoint").text(&application.to_string())
}

pub fn sms(account: &str, region: &str) -> Key {
    root("sms").text(account).text(region)
}

pub fn phones(account: &str, region: &str) -> Key {
    root("phone").text(account).text(region)
}
