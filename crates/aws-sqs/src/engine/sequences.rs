//! The order of messages: numbers that grow, through crashes and whatever the clock does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use model::{Internal, Time};
use store::{CommitError, Table, Transaction};
use tokio::sync::Mutex;

use super::message::{COUNT_BITS, Sequence};
use super::rows;

/// So far ahead the store is told what may be given out: who sends now and then does not wait for that each time.
const AHEAD: Duration = Duration::from_secs(60);

/// Gives each number once, in order.
#[derive(Default)]
pub struct Sequences {
    /// The last one that was given.
    last: AtomicU64,
    /// None from here on may be given before the store knows. 0: it was not asked yet.
    end: AtomicU64,
    telling: Mutex<()>,
}

impl Sequences {
    /// Later than every other, that earlier processes gave too.
    pub async fn next(&self, table: &Arc<dyn Table>, now: Time) -> Result<Sequence, Internal> {
        loop {
            let end = self.end.load(Ordering::SeqCst);
            let next = |last: u64| Some(first_of(now).max(last + 1)).filter(|next| *next < end);
            if let Ok(last) = self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next) {
                return Ok(first_of(now).max(last + 1));
            }
            self.go_on(table, now, end).await?;
        }
    }

    async fn go_on(&self, table: &Arc<dyn Table>, now: Time, end: u64) -> Result<(), Internal> {
        let _one = self.telling.lock().await;
        if self.end.load(Ordering::SeqCst) != end {
            return Ok(());
        }
        if end == 0 {
            let row = table.get(&rows::sequences()).await?;
            let known = store::number(row.as_ref())?;
            self.last.fetch_max(known as u64, Ordering::SeqCst);
        }
        let end = first_of(now + AHEAD).max(self.last.load(Ordering::SeqCst) + first_of(time_of(AHEAD)));
        let row = Bytes::copy_from_slice(&(end as i64).to_be_bytes());
        let put = Transaction::new().put(rows::sequences(), row);
        table.commit(put).await.map_err(CommitError::unexpected)?;
        self.end.store(end, Ordering::SeqCst);
        Ok(())
    }
}

/// The first sequence of a time.
pub fn first_of(time: Time) -> Sequence {
    (time.as_millis().max(0) as u64) << COUNT_BITS
}

fn time_of(duration: Duration) -> Time {
    Time::from_millis(0) + duration
}
