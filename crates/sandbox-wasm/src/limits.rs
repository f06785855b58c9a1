//! Every limit of the modules' engine, with where its number comes from.

use std::time::Duration;

/// Of a module's file, in bytes. Compiling takes several times that in memory, in the server's own process.
pub const MODULE_BYTES: u64 = 64 << 20;
/// Functions whose compiled code is kept. What was let go is compiled again when it is asked for.
pub const COMPILED: usize = 256;
/// Requests that run at the same time: Lambda's concurrency of an account.
pub const AT_ONCE: u32 = 1000;
/// Of memory that a finished request leaves resident for the next one, in bytes.
pub const KEPT_RESIDENT: usize = 256 * 1024;
/// Elements of a module's tables.
pub const TABLE_ELEMENTS: usize = 100_000;
/// How soon a running request lets others of its thread run, and notices that its time is over.
pub const TICK: Duration = Duration::from_millis(5);
/// What a waiting instance holds, in bytes: its log's last lines.
pub const IDLE_BYTES: u64 = 16 * 1024;
