//! The store's ports: `Table`, an ordered transactional key-value table, and `Blobs`, for what is large.
//! Everything else (queues, object index, histories, ledgers, timers) is a layer over these two.

mod blobs;
pub mod contract;
mod key;
mod memory;
mod mortal;
mod record;
mod table;
mod watch;

pub use blobs::{BlobId, BlobReader, BlobWriter, Blobs, InvalidBlobId};
pub use key::{Key, KeyPart, MalformedKey};
pub use memory::MemoryTable;
pub use mortal::Mortal;
pub use record::{Record, decode, encode};
pub use table::{CommitError, Entry, Expected, Revision, Row, Table, Transaction, number};
pub use watch::{Puts, Watch, Watchers};
