//! The limits of telemetry, each with its source.

use std::time::Duration;

/// Bytes that an event counts beside its message. AWS: API reference, `PutLogEvents`.
pub const EVENT_OVERHEAD_BYTES: usize = 26;

/// Bytes of messages in one page. AWS: API reference, `GetLogEvents`: 1 MB, up to 10,000 events.
pub const PAGE_BYTES: usize = 1_048_576;

/// Lines of one stream that may wait to be written, and their bytes. Ours: one function's flood must leave room for
/// the others.
pub const STREAM_QUEUE_LINES: usize = 50_000;
pub const STREAM_QUEUE_BYTES: usize = 8 << 20;

/// Lines of all streams that may wait to be written, and their bytes. As much again is being written meanwhile. Ours.
pub const QUEUE_LINES: usize = 200_000;
pub const QUEUE_BYTES: usize = 32 << 20;

/// How long the writer gathers after the first line, so that the lines of one call become one row. Ours.
pub const GATHER: Duration = Duration::from_millis(20);

/// Streams that are written at the same time: their commits then share one sync. Ours.
pub const WRITERS: usize = 64;

/// Lines and bytes of one row. Ours: a flood of short lines takes some hundred times fewer rows than lines.
pub const CHUNK_LINES: usize = 1_000;
pub const CHUNK_BYTES: usize = 64 << 10;

/// Bytes of one commit. Ours: a call of `PutLogEvents` (1 MB) is one commit, and a flood leaves room for the commits
/// of others in between.
pub const COMMIT_BYTES: usize = 2 << 20;

/// Rows of events that are read at a time. Ours.
pub const ROWS: usize = 64;

/// Rows of events that one call of `search` looks through, about, before it gives what it has and a place to go on. Ours.
pub const SEARCH_ROWS: usize = 4_096;

/// Rows that one step of a removal takes. Ours.
pub const REMOVE_ROWS: usize = 200;

/// Parentheses within each other in a filter pattern. Ours: reading one level takes some of the stack.
pub const PATTERN_DEPTH: usize = 32;

/// Groups or streams that are read at a time. Ours.
pub const LIST_ROWS: usize = 500;

/// How often what is older than its group's retention is removed. Ours: it is invisible from its first moment.
pub const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// How often a change is tried again when somebody else was quicker. Ours: more means that something is wrong.
pub const ATTEMPTS: usize = 64;
