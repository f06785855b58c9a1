//! The `Table` port over SQLite: one writer thread that batches, read connections beside it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use model::Internal;
use rusqlite::Connection;
use store::{CommitError, Entry, Key, Revision, Row, Table, Transaction, Watch, Watchers};

use crate::connection;
use crate::writer::Writer;

/// A range up to this many rows is read where it is asked for: a few pages, mostly in memory. A longer one goes to the
/// threads for blocking work.
const SHORT_RANGE: usize = 32;

/// Idle read connections that are kept.
const IDLE_READERS: usize = 8;

/// A table in one database file. Commits are durable (WAL, `synchronous=FULL`) and share their sync.
pub struct SqliteTable {
    readers: Arc<Readers>,
    writer: Writer,
    watchers: Arc<Watchers>,
}

struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl SqliteTable {
    /// Opens or creates the database at `path`. Fails when it cannot be opened or is no database.
    pub fn open(path: &Path) -> Result<Self, Internal> {
        let watchers = Arc::new(Watchers::default());
        let writer = Writer::start(path, watchers.clone())?;
        let readers = Readers { path: path.to_owned(), idle: Mutex::default() };
        Ok(Self { readers: Arc::new(readers), writer, watchers })
    }
}

impl Readers {
    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Internal> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connection::open(&self.path)?,
        };
        let outcome = read(&connection).map_err(Internal::because("reading the store"));
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS {
            idle.push(connection);
        }
        outcome
    }
}

#[async_trait]
impl Table for SqliteTable {
    async fn get(&self, key: &Key) -> Result<Option<Row>, Internal> {
        self.readers.read(|connection| connection::get(connection, key))
    }

    async fn range(&self, prefix: &Key, after: Option<&Key>, limit: usize) -> Result<Vec<Entry>, Internal> {
        if limit <= SHORT_RANGE {
            return self.readers.read(|connection| connection::range(connection, prefix, after, limit));
        }
        let (readers, prefix, after) = (self.readers.clone(), prefix.clone(), after.cloned());
        tokio::task::spawn_blocking(move || {
            readers.read(|connection| connection::range(connection, &prefix, after.as_ref(), limit))
        })
        .await
        .map_err(Internal::because("reading a range of the store"))?
    }

    async fn commit(&self, transaction: Transaction) -> Result<Revision, CommitError> {
        self.writer.commit(transaction).await
    }

    fn watch(&self, prefix: Key) -> Watch {
        self.watchers.watch(prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn keeps_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        let next = std::cell::Cell::new(0);
        store::contract::table(|| {
            next.set(next.get() + 1);
            Box::new(SqliteTable::open(&folder.path().join(format!("{}.db", next.get()))).unwrap())
        })
        .await;
    }

    #[tokio::test]
    async fn rows_and_the_order_of_revisions_survive_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let key = Key::new().text("a");
        let open = || SqliteTable::open(&path).unwrap();
        let first = open().commit(Transaction::new().put(key.clone(), "1")).await.unwrap();
        assert_eq!(open().get(&key).await.unwrap().unwrap().value, "1");
        let second = open().commit(Transaction::new().put(key, "2")).await.unwrap();
        assert!(second > first);
    }
}
