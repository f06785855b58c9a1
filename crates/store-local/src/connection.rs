//! Opening the database, and the statements that reading and writing need.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use model::Internal;
use rusqlite::{Connection, OptionalExtension, params};
use store::{Entry, Key, Row};

/// How long a connection waits for another one's lock. Only checkpoints and the writer meet, and both are short.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Memory that a connection may use for pages.
const CACHE_KIB: i64 = 2_048;

/// Opens the database and makes its tables where they are missing.
pub fn open(path: &Path) -> Result<Connection, Internal> {
    open_prepared(path).map_err(Internal::because("opening the store"))
}

fn open_prepared(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Checkpoints run beside the commits, see `writer`.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS rows (
             key BLOB PRIMARY KEY, revision INTEGER NOT NULL, value BLOB NOT NULL
         ) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS revision (at INTEGER PRIMARY KEY CHECK (at = 0), last INTEGER NOT NULL);
         INSERT OR IGNORE INTO revision VALUES (0, 0);",
    )?;
    Ok(connection)
}

pub fn get(connection: &Connection, key: &Key) -> rusqlite::Result<Option<Row>> {
    let mut statement = connection.prepare_cached("SELECT revision, value FROM rows WHERE key = ?1")?;
    statement
        .query_row([key.as_bytes()], |row| Ok(Row { revision: row.get(0)?, value: value_of(row, 1)? }))
        .optional()
}

pub fn range(
    connection: &Connection,
    prefix: &Key,
    after: Option<&Key>,
    limit: usize,
) -> rusqlite::Result<Vec<Entry>> {
    // "after" a key begins at that key with one more byte of 0: no key sorts between the two.
    let start = match after {
        Some(after) if after >= prefix => [after.as_bytes(), &[0]].concat(),
        _ => prefix.as_bytes().to_vec(),
    };
    let end = prefix.after_prefix();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let bounded = "SELECT key, revision, value FROM rows WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3";
    let open = "SELECT key, revision, value FROM rows WHERE key >= ?1 AND ?2 IS NULL ORDER BY key LIMIT ?3";
    let mut statement = connection.prepare_cached(if end.is_some() { bounded } else { open })?;
    let end = end.as_ref().map(Key::as_bytes);
    let entries = statement.query_map(params![start, end, limit], |row| {
        let key = Key::from_bytes(row.get_ref(0)?.as_blob()?.to_vec());
        Ok(Entry { key, row: Row { revision: row.get(1)?, value: value_of(row, 2)? } })
    })?;
    entries.collect()
}

fn value_of(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Bytes> {
    Ok(Bytes::copy_from_slice(row.get_ref(column)?.as_blob()?))
}
