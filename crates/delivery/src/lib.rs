//! An event given to us reaches its target or is said to be dead, and we can say which, and what happened on the way.
//!
//! A source merges the transaction of `Delivery::accept` into the one that acknowledges what happened. From then on the
//! target's driver owns the event: it tries, retries, and writes every step into the event's timeline.
//! After a crash at any moment: accepted = done + dead + pending, exactly.

mod decide;
mod delivery;
mod deposit;
mod driver;
mod event;
mod heads;
mod limits;
mod mapping;
mod parcel;
pub mod pattern;
mod poller;
mod query;
mod rows;
mod shared;
mod source;
mod sweep;
mod target;
mod written;

pub use delivery::Delivery;
pub use deposit::Deposit;
pub use event::{Event, NewEvent, State, Step, StepKind};
pub use limits::{EVENT_PAYLOAD_BYTES, MAX_AGE, MAX_RETRIES};
pub use mapping::{Filter, Mapping};
pub use parcel::{Attribute, Parcel};
pub use poller::Poller;
pub use query::Counts;
pub use shared::Settings;
pub use source::{Fate, Item, Source, SourceShape, Want};
pub use target::{Answer, Attempt, Delivered, Over, SourceOf, Target, Terms, Why};
