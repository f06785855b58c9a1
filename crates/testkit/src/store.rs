//! What the store does by itself: the measure beside which the rate of acknowledged messages is put.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use store::{CommitError, Key, Table, Transaction};
use store_local::SqliteTable;
use tokio::task::JoinSet;

use crate::client::Failed;

/// Commits of one row each, by so many at once, a second: each is on disk before its writer goes on.
pub async fn commits(folder: &Path, writers: usize, bytes: usize, lasting: Duration) -> Result<f64, Failed> {
    let table: Arc<SqliteTable> = Arc::new(SqliteTable::open(&folder.join("store-alone.db"))?);
    let (began, mut tasks) = (Instant::now(), JoinSet::new());
    let (next, value) = (Arc::new(AtomicU64::new(0)), Bytes::from(vec![7; bytes]));
    for _ in 0..writers {
        let (table, next, value) = (table.clone(), next.clone(), value.clone());
        tasks.spawn(async move {
            while began.elapsed() < lasting {
                // Side by side, as the rows of messages are.
                let key = Key::new().text("row").number(next.fetch_add(1, Ordering::Relaxed));
                table
                    .commit(Transaction::new().put(key, value.clone()))
                    .await
                    .map_err(CommitError::unexpected)?;
            }
            Ok::<_, Failed>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(next.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64())
}
