//! The `Table` port: rows in key order, changed by transactions that are durable when they return.

use async_trait::async_trait;
use bytes::Bytes;
use model::Internal;

use crate::{Key, Watch};

/// Grows with every change of a row. A row that is removed and put again never has an earlier revision again.
pub type Revision = u64;

/// A value and the revision it was put at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub revision: Revision,
    pub value: Bytes,
}

/// The number that a row counts; no row counts 0. Fails when it is no such row.
pub fn number(row: Option<&Row>) -> Result<i64, Internal> {
    let Some(row) = row else { return Ok(0) };
    let bytes = <[u8; 8]>::try_from(&row.value[..]).map_err(Internal::because("reading a number"))?;
    Ok(i64::from_be_bytes(bytes))
}

/// A row with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: Key,
    pub row: Row,
}

/// What a transaction relies on about one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Absent,
    Present,
    At(Revision),
}

/// Changes that happen together or not at all. Where a key is both removed and put, it is put.
#[derive(Debug, Clone, Default)]
pub struct Transaction {
    pub expect: Vec<(Key, Expected)>,
    pub remove: Vec<Key>,
    pub put: Vec<(Key, Bytes)>,
    /// Numbers, and by how much they change: whoever counts need not know how far others have counted. One that was never
    /// counted is 0; `number` reads it from its row. Such a row is neither put nor expected to be anything.
    pub count: Vec<(Key, i64)>,
    /// Nobody outside waits for it: it may wait a moment for others, to share their sync.
    pub relaxed: bool,
}

impl Transaction {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn expect(mut self, key: Key, expected: Expected) -> Self {
        self.expect.push((key, expected));
        self
    }

    #[must_use]
    pub fn put(mut self, key: Key, value: impl Into<Bytes>) -> Self {
        self.put.push((key, value.into()));
        self
    }

    #[must_use]
    pub fn remove(mut self, key: Key) -> Self {
        self.remove.push(key);
        self
    }

    #[must_use]
    pub fn count(mut self, key: Key, change: i64) -> Self {
        self.count.push((key, change));
        self
    }

    /// Says that nobody outside waits for it.
    #[must_use]
    pub fn relaxed(mut self) -> Self {
        self.relaxed = true;
        self
    }

    /// Everything of `other` too. Whether somebody waits stays as it is.
    #[must_use]
    pub fn and(mut self, other: Transaction) -> Self {
        self.expect.extend(other.expect);
        self.remove.extend(other.remove);
        self.put.extend(other.put);
        self.count.extend(other.count);
        self
    }
}

/// Why nothing was changed.
#[derive(Debug, Clone)]
pub enum CommitError {
    /// What was expected of this key does not hold.
    Conflict(Key),
    Internal(Internal),
}

impl CommitError {
    /// For transactions that expect nothing, or whose conflict would be our own mistake.
    pub fn unexpected(self) -> Internal {
        match self {
            Self::Conflict(key) => Internal::new(format!("a commit met a row it did not expect: {key:?}")),
            Self::Internal(internal) => internal,
        }
    }
}

/// An ordered, transactional key-value table.
#[async_trait]
pub trait Table: Send + Sync {
    async fn get(&self, key: &Key) -> Result<Option<Row>, Internal>;

    /// Up to `limit` rows whose keys begin with `prefix` and sort after `after`, in key order.
    /// `after` need not be the key of a row, nor begin with the prefix.
    async fn range(&self, prefix: &Key, after: Option<&Key>, limit: usize) -> Result<Vec<Entry>, Internal>;

    /// Durable when it returns. All rows put get the returned revision.
    async fn commit(&self, transaction: Transaction) -> Result<Revision, CommitError>;

    /// Wakes after each commit that changes a row under `prefix`.
    fn watch(&self, prefix: Key) -> Watch;
}
