//! The limits of delivery, each with its source.

use std::time::Duration;

/// Lambda developer guide, "Lambda quotas": the payload of an asynchronous call, 1 MB.
pub const EVENT_PAYLOAD_BYTES: usize = 1_048_576;

/// Lambda developer guide, "Configuring error handling settings for asynchronous invocation": 0 to 2, by default 2.
pub const MAX_RETRIES: u32 = 2;

/// The same page: an event is kept up to 6 hours.
pub const MAX_AGE: Duration = Duration::from_secs(6 * 60 * 60);

/// The same page: about one minute before the second try, two more before the third.
pub const RETRY_AFTER: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

/// The same page: throttles and system errors back off from 1 second to 5 minutes.
pub const BACKOFF_FIRST: Duration = Duration::from_secs(1);
pub const BACKOFF_LAST: Duration = Duration::from_secs(5 * 60);

/// Ours: events of one target that are being delivered at the same time. Bounds the memory that payloads take; the
/// dispatcher's own limits are what shapes concurrency.
pub const IN_FLIGHT: usize = 200;

/// Ours: how long a timeline is kept after its event has ended.
pub const RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Ours: handings in a row that a timeline keeps, when they are to different takers.
pub const HANDINGS: usize = 16;

/// Ours: events that one question about them looks at.
pub const QUERY_EVENTS: usize = 5_000;

/// Ours: how many of the newest events are followed as they change.
pub const FOLLOWED: usize = 1_000;

/// Lambda quotas: the request of a synchronous call, 6 MB; less the frame around the records.
pub const BATCH_BYTES: usize = 6_291_456 - 64;
