//! Every limit of the SQS face: its name, its number, and where the number comes from.

use std::ops::RangeInclusive;
use std::time::Duration;

/// AWS: SQS developer guide, "Amazon SQS message quotas": a message, and a batch, with attributes; 1 MiB.
pub const MESSAGE_BYTES: usize = 1_048_576;
pub const BATCH_BYTES: usize = 1_048_576;

/// The same page: entries of a batch, attributes of a message.
pub const BATCH_ENTRIES: usize = 10;
pub const MESSAGE_ATTRIBUTES: usize = 10;

/// The same page: messages in flight.
pub const IN_FLIGHT: usize = 120_000;
pub const IN_FLIGHT_FIFO: usize = 20_000;

/// AWS: developer guide, "FIFO queue and message identifiers": messages that are looked through for a group that has none
/// in flight.
pub const LOOKED_THROUGH: usize = 120_000;

/// Ours: places of messages that are read at once, and that are known of a queue beside those.
pub const PART: usize = 1_000;
pub const KNOWN: usize = 10_000;

/// Ours: larger bodies have rows of their own, so that reading places does not read them.
pub const BODY_WITHIN: usize = 2_048;

/// Ours: delays that end within the same step of this are counted together.
pub const DELAY_STEP: Duration = Duration::from_millis(100);

/// Ours: how long a purge is waited for before the rest of it goes on by itself. AWS: it takes up to a minute.
pub const PURGE_WAIT: Duration = Duration::from_secs(2);

/// AWS: API reference, `SendMessage`: what a FIFO queue takes for the same message within.
pub const DEDUPLICATION: Duration = Duration::from_secs(5 * 60);

/// AWS: API reference, `PurgeQueue` and `DeleteQueue`.
pub const PURGE_EVERY: Duration = Duration::from_secs(60);
pub const DELETED_FOR: Duration = Duration::from_secs(60);

/// AWS: API reference, `SetQueueAttributes`.
pub const VISIBILITY_SECONDS: RangeInclusive<u32> = 0..=43_200;
/// From the receive on, with every extension. AWS: developer guide, "Amazon SQS visibility timeout".
pub const HIDDEN: Duration = Duration::from_secs(43_200);
pub const DELAY_SECONDS: RangeInclusive<u32> = 0..=900;
pub const RETENTION_SECONDS: RangeInclusive<u32> = 60..=1_209_600;
pub const MESSAGE_SIZES: RangeInclusive<u32> = 1_024..=1_048_576;
pub const WAIT_SECONDS: RangeInclusive<u32> = 0..=20;
pub const KMS_REUSE_SECONDS: RangeInclusive<u32> = 60..=86_400;
pub const RECEIVES: RangeInclusive<u32> = 1..=1_000;
pub const REDRIVE_SOURCES: usize = 10;

/// What a queue has that nothing else was said of. AWS: API reference, `CreateQueue`.
pub const DEFAULT_VISIBILITY: u32 = 30;
pub const DEFAULT_RETENTION: u32 = 345_600;
pub const DEFAULT_KMS_REUSE: u32 = 300;

/// AWS: API reference, `CreateQueue`, `SendMessage`, `ReceiveMessage`.
pub const NAME_CHARS: RangeInclusive<usize> = 1..=80;
pub const BATCH_ID_CHARS: RangeInclusive<usize> = 1..=80;
pub const FIFO_ID_CHARS: RangeInclusive<usize> = 1..=128;
pub const RECEIVED: RangeInclusive<i64> = 1..=10;

/// AWS: API reference, `ListQueues`: results at most, and where none are asked for.
pub const LIST: RangeInclusive<i64> = 1..=1_000;

/// AWS: API reference, `StartMessageMoveTask`, `ListMessageMoveTasks`.
pub const MOVE_RATE: RangeInclusive<i64> = 1..=500;
pub const MOVE_TASKS: usize = 10;

/// AWS: developer guide, "Cost allocation tags".
pub const TAGS: usize = 50;

/// AWS: developer guide, "Amazon SQS policy quotas".
pub const POLICY_ACTIONS: usize = 7;
pub const POLICY_STATEMENTS: usize = 20;

/// Bytes of a request: a batch in base64, and what stands around it.
pub const BODY_BYTES: usize = 4 * 1_048_576;
