//! The ledger: a row per invocation, in the store.

use std::ops::ControlFlow;
use std::sync::Arc;

use model::{AccountId, Internal, Time};
use store::{CommitError, Key, Table, Transaction};
use tasks::Tasks;
use tokio::sync::mpsc;

use crate::{Bill, Grouping, Prices, Used};

/// Rows that may wait to be written. Who comes later waits.
const QUEUE: usize = 4_096;

/// Rows written in one commit.
const BATCH: usize = 512;

/// Rows read at a time.
const PAGE: usize = 1_000;

/// Keeps and reads rows. An answer to a synchronous call does not wait for its row: a crash may lose the rows of the
/// last moments: what one commit takes, and the moment that it waits for others. Rows of events are committed together with
/// the event's end instead.
#[derive(Clone)]
pub struct Ledger {
    table: Arc<dyn Table>,
    queue: mpsc::Sender<Used>,
}

impl Ledger {
    pub fn new(table: Arc<dyn Table>, tasks: &Tasks) -> Self {
        let (queue, rows) = mpsc::channel(QUEUE);
        tasks.work("ledger-writer", write(table.clone(), rows, tasks.clone()));
        Self { table, queue }
    }

    /// Writes the row soon, together with others. Waits while too many are waiting.
    pub async fn record(&self, used: Used) {
        if self.queue.send(used).await.is_err() {
            tracing::error!("a row of the ledger came after its writer had stopped");
        }
    }

    /// The row, for the transaction that it belongs to.
    pub fn row(used: &Used) -> Result<Transaction, Internal> {
        Ok(Transaction::new().put(key(used), store::encode(used)?))
    }

    /// Rows of an account from `since` on, in order of time, each given to `take`.
    pub async fn read(
        &self,
        account: &AccountId,
        since: Time,
        mut take: impl FnMut(Used),
    ) -> Result<(), Internal> {
        let all = |used| {
            take(used);
            ControlFlow::Continue(())
        };
        self.read_while(account, since, all).await
    }

    /// Rows of an account from `since` on, in order of time, each given to `take` until that breaks.
    pub async fn read_while(
        &self,
        account: &AccountId,
        since: Time,
        mut take: impl FnMut(Used) -> ControlFlow<()>,
    ) -> Result<(), Internal> {
        let prefix = of_account(account);
        let mut after = Some(prefix.clone().number(millis(since)));
        loop {
            let entries = self.table.range(&prefix, after.as_ref(), PAGE).await?;
            for entry in &entries {
                if take(store::decode(&entry.row.value)?).is_break() {
                    return Ok(());
                }
            }
            match entries.last() {
                Some(last) if entries.len() == PAGE => after = Some(last.key.clone()),
                _ => return Ok(()),
            }
        }
    }

    /// The bill of an account from `since` on.
    pub async fn bill(
        &self,
        account: &AccountId,
        since: Time,
        grouping: Grouping,
        prices: &Prices,
    ) -> Result<Bill, Internal> {
        let mut bill = Bill::default();
        self.read(account, since, |used| bill.add(&used, grouping, prices.ephemeral_free_mib)).await?;
        Ok(bill)
    }

    /// Removes every row of an account: for test suites that begin anew.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        let prefix = of_account(account);
        loop {
            let entries = self.table.range(&prefix, None, PAGE).await?;
            if entries.is_empty() {
                return Ok(());
            }
            let remove = entries.into_iter().map(|entry| entry.key).collect();
            let wipe = Transaction { remove, ..Transaction::new() };
            self.table.commit(wipe).await.map_err(CommitError::unexpected)?;
        }
    }
}

fn of_account(account: &AccountId) -> Key {
    Key::new().text("metering").text("ledger").text(account.as_str())
}

fn millis(time: Time) -> u64 {
    time.as_millis().max(0) as u64
}

/// An event's tries share an invocation id, so the time is part of what tells them apart.
fn key(used: &Used) -> Key {
    of_account(&used.account).number(millis(used.started)).text(&used.invocation.to_string())
}

async fn write(table: Arc<dyn Table>, mut rows: mpsc::Receiver<Used>, tasks: Tasks) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            _ = rows.recv_many(&mut batch, BATCH) => {}
            () = tasks.stopping() => rows.close(),
        }
        if batch.is_empty() && rows.is_closed() {
            return;
        }
        let transaction = batch.drain(..).try_fold(Transaction::new().relaxed(), |all, used| {
            Ok::<_, Internal>(all.and(Ledger::row(&used)?))
        });
        let written = match transaction {
            Ok(transaction) => table.commit(transaction).await.map_err(CommitError::unexpected),
            Err(internal) => Err(internal),
        };
        if let Err(internal) = written {
            tracing::error!(error = %internal, "rows of the ledger could not be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Arn, InvocationId};
    use store::MemoryTable;

    use super::*;
    use crate::{Money, Outcome};

    fn used(number: u64) -> Used {
        let account = AccountId::default_account();
        Used {
            function: Arn::new("lambda", "us-east-1", account.as_str(), format!("function:f{}", number % 2)),
            account,
            version: "$LATEST".to_owned(),
            invocation: InvocationId::random(),
            event: None,
            caused_by: None,
            started: Time::from_millis(86_400_000 * (number as i64 % 3) + number as i64),
            init_us: number.is_multiple_of(5).then_some(1_000),
            duration_us: number * 1_000 - 3,
            billed_ms: number,
            memory_mib: 128 * (1 + number as u32 % 4),
            tmp_mib: 512 + (number as u32 % 2) * 512,
            peak_memory_bytes: 1,
            cpu_us: 900,
            request_bytes: 1,
            response_bytes: 1,
            outcome: if number.is_multiple_of(7) {
                Outcome::Failed("E".to_owned())
            } else {
                Outcome::Returned
            },
        }
    }

    #[tokio::test]
    async fn a_bill_recomputed_from_the_ledger_is_the_same_to_the_last_picodollar() {
        let (table, tasks, prices) = (Arc::new(MemoryTable::new()), Tasks::new(), Prices::default());
        let ledger = Ledger::new(table, &tasks);
        let mut kept = Bill::default();
        for number in 1..=2_500 {
            let used = used(number);
            kept.add(&used, Grouping::Function, prices.ephemeral_free_mib);
            ledger.record(used).await;
        }
        tasks.stop().await;
        let account = AccountId::default_account();
        let since = Time::from_millis(0);
        let bill = ledger.bill(&account, since, Grouping::Function, &prices).await.unwrap();
        assert_eq!(bill.total(&prices), kept.total(&prices));
        assert_eq!(bill.lines(&prices), kept.lines(&prices));
        assert_eq!(bill.total(&prices).requests, 2_500);
        let by_day = ledger.bill(&account, since, Grouping::Day, &prices).await.unwrap();
        assert_eq!(by_day.total(&prices), kept.total(&prices));
        let days: Money = by_day.lines(&prices).iter().map(|line| line.cost).sum();
        let rounding = (days.picodollars() - kept.total(&prices).cost.picodollars()).abs();
        assert!(rounding <= 6, "each line is rounded once: {rounding}");
    }
}
