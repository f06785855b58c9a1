//! The limits of the front door, each with its source.

use std::time::Duration;

/// S3 API reference, "Authenticating Requests": a request's time and ours may differ by 15 minutes.
pub const S3_SKEW: Duration = Duration::from_secs(15 * 60);

/// IAM user guide, "Troubleshooting Signature Version 4 signing": five minutes, for all other services.
pub const SKEW: Duration = Duration::from_secs(5 * 60);

/// Bytes of a body that is read before its signature can be checked. Ours: the largest is a function's zip of 50 MB, in
/// base64 within JSON.
pub const BODY_BYTES: usize = 72 * 1024 * 1024;

/// Bytes of all such bodies from outside together. Ours.
pub const ALL_BODIES_BYTES: usize = 512 * 1024 * 1024;

/// Bytes of all such bodies from sandboxes together: two that ask for all they may leave room for others. Ours.
pub const ALL_SANDBOX_BODIES_BYTES: usize = 3 * SANDBOX_BODIES_BYTES;

/// Bytes of a request's line and headers. Ours: AWS takes 8 KB of user-defined headers; URLs come on top.
pub const HEAD_BYTES: usize = 64 * 1024;

/// How long a client may take for a request's head. Ours.
pub const HEAD_TIME: Duration = Duration::from_secs(60);

/// How long a client may send nothing in the middle of a body. Ours; S3 says `RequestTimeout` after about 20 seconds.
pub const IDLE_BODY: Duration = Duration::from_secs(30);

/// How long a body may take on its way whose signature cannot be checked before all of it is here. Ours: the largest comes
/// at 250 KB a second.
pub const UNKNOWN_BODY_TIME: Duration = Duration::from_secs(5 * 60);

/// How long a client may take nothing in the middle of an answer. Ours, as for a body.
pub const IDLE_ANSWER: Duration = Duration::from_secs(60);

/// Connections from outside at the same time. Ours.
pub const CONNECTIONS: usize = 8_192;

/// Connections from one sandbox at the same time. Ours.
pub const SANDBOX_CONNECTIONS: usize = 256;

/// Requests from one sandbox that are worked on at the same time: one for each of its connections. Ours.
pub const SANDBOX_REQUESTS: usize = SANDBOX_CONNECTIONS;

/// Bytes of bodies from one sandbox that are held in memory at the same time: two of the largest. Ours.
pub const SANDBOX_BODIES_BYTES: usize = 2 * BODY_BYTES;

/// Requests at the same time on one HTTP/2 connection. Ours.
pub const STREAMS: u32 = 256;

/// How long running requests are waited for when the platform stops. Ours: a call of Lambda may take 15 minutes, a
/// person who stops a platform will not wait so long.
pub const DRAIN: Duration = Duration::from_secs(30);

/// Derived signing keys that are remembered: a day, a region and a service of each access key. Ours.
pub const SIGNING_KEYS: usize = 4_096;
