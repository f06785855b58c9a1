//! Every limit of the SNS face: its name, its number, and where the number comes from.

use std::ops::RangeInclusive;
use std::time::Duration;

/// AWS: SNS API reference, `Publish` and `PublishBatch`: bytes of a message, and of a batch.
pub const MESSAGE_BYTES: usize = 262_144;
pub const BATCH_ENTRIES: usize = 10;

/// The same: characters of a subject, of a text message, of ids of FIFO topics and of entries.
pub const SUBJECT_CHARS: usize = 100;
pub const FIFO_ID_CHARS: RangeInclusive<usize> = 1..=128;
pub const BATCH_ID_CHARS: RangeInclusive<usize> = 1..=80;

/// AWS: API reference, `CreateTopic`.
pub const NAME_CHARS: RangeInclusive<usize> = 1..=256;

/// AWS: API reference, `Publish`: what a FIFO topic takes for the same message within.
pub const DEDUPLICATION: Duration = Duration::from_secs(5 * 60);

/// AWS: developer guide, "Amazon SNS message delivery retries": AWS's own endpoints over 23 days.
pub const DELIVERY_AGE: Duration = Duration::from_secs(23 * 24 * 60 * 60);

/// AWS: the same page: addresses, at most an hour.
pub const HTTP_AGE: Duration = Duration::from_secs(60 * 60);
pub const HTTP_RETRIES: u64 = 100;

/// AWS: developer guide, "Fanout to HTTPS endpoints": an address has 15 seconds to answer.
pub const HTTP_TIMEOUT: Duration = Duration::from_secs(15);

/// Ours: of an address's answer nothing is used; so much is read to keep the connection.
pub const ANSWER_BYTES: usize = 64 * 1024;

/// AWS: API reference, `ListTopics` and `ListSubscriptions`.
pub const PAGE: usize = 100;

/// AWS: developer guide, "Amazon SNS subscription filter policies": keys, and combinations of values.
pub const FILTER_KEYS: usize = 5;
pub const FILTER_COMBINATIONS: u64 = 150;

/// AWS: developer guide, "Tagging Amazon SNS topics".
pub const TAGS: usize = 50;

/// Bytes of a token that confirms a subscription.
pub const TOKEN_BYTES: usize = 64;

/// AWS: API reference, `CreatePlatformEndpoint`: bytes of a device's user data.
pub const USER_DATA_BYTES: usize = 2_048;

/// AWS: the same, `CreatePlatformApplication`: characters of a name.
pub const APPLICATION_NAME_CHARS: RangeInclusive<usize> = 1..=256;
