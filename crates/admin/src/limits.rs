//! The limits of the admin API and the console; all of them ours.

use std::time::Duration;

/// Bytes of a request's body: no operation has members in one.
pub const BODY_BYTES: usize = 64 * 1024;

/// Events of one page.
pub const EVENTS_PAGE: usize = 1_000;

/// Events of a page when the caller names no number.
pub const EVENTS_PAGE_DEFAULT: usize = 50;

/// How long a caller may wait for events, in seconds: below what proxies and clients usually bear.
pub const WAIT_SECONDS: u64 = 50;

/// After something changed, how long more is gathered: under load a follower asks a few times a second, not at each step.
pub const GATHER: Duration = Duration::from_millis(200);

/// Rows of the ledger that are looked through for the invocations of one event.
pub const LINEAGE_ROWS: usize = 100_000;

/// The shortest time that a server is bought for, in the comparison of a bill.
pub const ALWAYS_ON_LEAST: Duration = Duration::from_secs(60 * 60);

/// Events on the console.
pub const CONSOLE_EVENTS: usize = 20;

/// Functions and instances on the console.
pub const CONSOLE_ROWS: usize = 100;

/// How long the console shows a bill before it adds it up anew: that reads a month of the ledger.
pub const CONSOLE_BILL_FRESH: Duration = Duration::from_secs(60);
