//! Log lines of functions, and of whoever else writes some: groups, streams, events, and patterns that find them.
//!
//! `Logs` keeps them in the store and reads them; `Telemetry` takes what sandboxes print and never makes them wait.

mod append;
mod chunks;
mod gathering;
mod groups;
mod keys;
mod limits;
mod logs;
pub mod pattern;
mod position;
mod queue;
mod read;
mod remove;
mod rows;
mod search;
mod streams;
mod sweep;
mod telemetry;
mod walk;
mod writer;

pub use append::NewLine;
pub use gathering::{End, Event};
pub use groups::{GroupStatus, GroupsAsk};
pub use limits::{EVENT_OVERHEAD_BYTES, PAGE_BYTES};
pub use logs::{GroupAt, LogError, Logs};
pub use pattern::{InvalidPattern, Pattern};
pub use position::{InvalidPosition, Position};
pub use read::{From, ReadAsk, ReadPage};
pub use rows::{Group, Stream, Written};
pub use search::{SearchAsk, SearchPage, Which};
pub use streams::{StreamMark, StreamOrder, StreamsAsk};
pub use telemetry::Telemetry;
