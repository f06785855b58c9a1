//! The embedded store: a SQLite table and plain files with content addresses. One process per data directory.

mod blobs;
mod connection;
mod table;
mod writer;

pub use blobs::LocalBlobs;
pub use table::SqliteTable;
