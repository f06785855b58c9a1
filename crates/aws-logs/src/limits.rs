//! Every limit of the face: its name, its number, and where the number comes from.

use std::time::Duration;

/// Bytes of a request's body. Ours: a full `PutLogEvents` in JSON with every character escaped.
pub const BODY_BYTES: usize = 8 << 20;

/// Characters of the name of a group or a stream. AWS: API reference, `LogGroup` and `LogStream`.
pub const NAME: usize = 512;

/// Characters of a group's name or ARN where either may be given. AWS: API reference, `GetLogEvents`.
pub const IDENTIFIER: usize = 2_048;

/// Groups or streams of one page. AWS: API reference, `DescribeLogGroups` and `DescribeLogStreams`.
pub const DESCRIBE_PAGE: usize = 50;

/// Events of one page. AWS: API reference, `GetLogEvents` and `FilterLogEvents`.
pub const EVENTS_PAGE: usize = 10_000;

/// Events of one `PutLogEvents`. AWS: its API reference.
pub const PUT_EVENTS: usize = 10_000;

/// Bytes of one `PutLogEvents`, 26 for each event among them. AWS: its API reference.
pub const PUT_BYTES: usize = 1_048_576;

/// Between the first and the last event of one `PutLogEvents`. AWS: its API reference.
pub const PUT_SPAN: Duration = Duration::from_secs(24 * 60 * 60);

/// How old an event may be when it is put. AWS: API reference, `PutLogEvents`.
pub const PUT_AGE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// How far in the future an event may be when it is put. AWS: API reference, `PutLogEvents`.
pub const PUT_AHEAD: Duration = Duration::from_secs(2 * 60 * 60);

/// Streams that one `FilterLogEvents` may name. AWS: its API reference.
pub const FILTER_STREAMS: usize = 100;

/// Characters of a filter pattern. AWS: API reference, `FilterLogEvents`.
pub const PATTERN: usize = 1_024;

/// Groups that one `DescribeLogGroups` may name. AWS: its API reference.
pub const DESCRIBE_NAMED: usize = 50;

/// Tags of a group. AWS: API reference, `CreateLogGroup`.
pub const TAGS: usize = 50;

/// Characters of a tag's key. AWS: API reference, `CreateLogGroup`.
pub const TAG_KEY: usize = 128;

/// Characters of a tag's value. AWS: API reference, `CreateLogGroup`.
pub const TAG_VALUE: usize = 256;

/// The days that a retention may have. AWS: API reference, `PutRetentionPolicy`.
pub const RETENTION_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
