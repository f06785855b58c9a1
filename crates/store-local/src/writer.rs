//! The one thread that writes. Commits that wait together share one transaction of the database, and so one sync.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::{Duration, Instant};

use model::Internal;
use rusqlite::{Connection, TransactionBehavior, params};
use store::{CommitError, Expected, Key, Revision, Transaction, Watchers};
use tokio::sync::{Semaphore, oneshot};

use crate::connection;

/// Transactions in one shared commit. More only lengthens the wait of the first.
const BATCH: usize = 1_024;

/// Transactions that may wait for the writer; who comes later waits to be let in.
const QUEUE: usize = 4_096;

/// How long transactions for which nobody waits are held back for others to come along.
const RELAXED: Duration = Duration::from_millis(1);

/// The log is written back to the database about this often while there are commits.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(500);

/// Pages in the log from which on commits wait until all of it is written back, so that it begins anew: one that is read
/// at a start must not be long, and one that grows is slower to sync.
const LOG: i64 = 16_384;

const PUT: &str = "INSERT INTO rows VALUES (?1, ?2, ?3)
    ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, value = excluded.value";

type Answer = Result<Revision, CommitError>;

struct Ask {
    transaction: Transaction,
    answer: oneshot::Sender<Answer>,
}

pub struct Writer {
    asks: SyncSender<Ask>,
    room: Arc<Semaphore>,
}

impl Writer {
    pub fn start(path: &Path, watchers: Arc<Watchers>) -> Result<Self, Internal> {
        let connection = connection::open(path)?;
        let checkpoints = connection::open(path)?;
        let last = connection
            .query_row("SELECT last FROM revision", [], |row| row.get(0))
            .map_err(Internal::because("reading the store's last revision"))?;
        // Twice the room: a permit is given back when the answer is sent, not when the thread takes the ask.
        let (asks, taken) = mpsc::sync_channel(2 * QUEUE);
        let (dirty, written) = mpsc::sync_channel(1);
        let batches = Batches { connection, last, watchers, dirty };
        spawn("store-writer", move || batches.run(&taken))?;
        spawn("store-checkpoint", move || checkpoint(&checkpoints, &written))?;
        Ok(Self { asks, room: Arc::new(Semaphore::new(QUEUE)) })
    }

    /// Once the ask is with the writer it is carried out, even if the caller no longer waits for the answer.
    pub async fn commit(&self, transaction: Transaction) -> Answer {
        let gone = || CommitError::Internal(Internal::new("the store's writer has stopped"));
        let _room = self.room.acquire().await.map_err(|_| gone())?;
        let (answer, answered) = oneshot::channel();
        self.asks.try_send(Ask { transaction, answer }).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), Internal> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map(drop).map_err(Internal::because("starting a thread of the store"))
}

struct Batches {
    connection: Connection,
    last: Revision,
    watchers: Arc<Watchers>,
    dirty: SyncSender<()>,
}

impl Batches {
    fn run(mut self, taken: &Receiver<Ask>) {
        while let Ok(first) = taken.recv() {
            let until = Instant::now() + RELAXED;
            let mut asks = vec![first];
            loop {
                asks.extend(taken.try_iter().take(BATCH - asks.len()));
                if asks.len() == BATCH || asks.iter().any(|ask| !ask.transaction.relaxed) {
                    break;
                }
                match taken.recv_timeout(until.saturating_duration_since(Instant::now())) {
                    Ok(ask) => asks.push(ask),
                    Err(_) => break,
                }
            }
            self.commit(asks);
        }
    }

    fn commit(&mut self, asks: Vec<Ask>) {
        match self.apply(&asks) {
            Ok(outcomes) => {
                // A full channel already holds the wake-up.
                let _ = self.dirty.try_send(());
                for (ask, outcome) in asks.into_iter().zip(outcomes) {
                    if outcome.is_ok() {
                        self.watchers.committed(&ask.transaction);
                    }
                    let _ = ask.answer.send(outcome.map_err(CommitError::Conflict));
                }
            }
            Err(error) => {
                let internal = Internal::because("committing to the store")(error);
                for ask in asks {
                    let _ = ask.answer.send(Err(CommitError::Internal(internal.clone())));
                }
            }
        }
    }

    fn apply(&mut self, asks: &[Ask]) -> rusqlite::Result<Vec<Result<Revision, Key>>> {
        let database = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut revision = self.last;
        let (mut outcomes, mut counted) = (Vec::with_capacity(asks.len()), HashMap::new());
        for ask in asks {
            let outcome = apply(&database, &ask.transaction, revision + 1)?;
            if outcome.is_ok() {
                revision += 1;
                add(&mut counted, &ask.transaction);
            }
            outcomes.push(outcome);
        }
        if revision == self.last {
            return Ok(outcomes);
        }
        for (key, change) in counted {
            count(&database, key, change, revision)?;
        }
        database.prepare_cached("UPDATE revision SET last = ?1")?.execute([revision])?;
        database.commit()?;
        self.last = revision;
        Ok(outcomes)
    }
}

fn apply(
    database: &Connection,
    transaction: &Transaction,
    revision: Revision,
) -> rusqlite::Result<Result<Revision, Key>> {
    for (key, expected) in &transaction.expect {
        if !holds(database, key, *expected)? {
            return Ok(Err(key.clone()));
        }
    }
    let mut remove = database.prepare_cached("DELETE FROM rows WHERE key = ?1")?;
    for key in &transaction.remove {
        remove.execute([key.as_bytes()])?;
    }
    let mut put = database.prepare_cached(PUT)?;
    for (key, value) in &transaction.put {
        put.execute(params![key.as_bytes(), revision, &value[..]])?;
    }
    Ok(Ok(revision))
}

/// What is counted in one commit of the database is written once.
fn add<'a>(counted: &mut HashMap<&'a Key, i64>, transaction: &'a Transaction) {
    for key in &transaction.remove {
        counted.remove(key);
    }
    for (key, change) in &transaction.count {
        *counted.entry(key).or_default() += change;
    }
}

fn count(database: &Connection, key: &Key, change: i64, revision: Revision) -> rusqlite::Result<()> {
    let row = connection::get(database, key)?;
    let no_number = |internal| rusqlite::Error::ToSqlConversionFailure(Box::new(internal));
    let number = store::number(row.as_ref()).map_err(no_number)? + change;
    database.prepare_cached(PUT)?.execute(params![key.as_bytes(), revision, &number.to_be_bytes()[..]])?;
    Ok(())
}

fn holds(database: &Connection, key: &Key, expected: Expected) -> rusqlite::Result<bool> {
    let mut statement = database.prepare_cached("SELECT revision FROM rows WHERE key = ?1")?;
    let mut rows = statement.query([key.as_bytes()])?;
    let found: Option<Revision> = rows.next()?.map(|row| row.get(0)).transpose()?;
    Ok(match expected {
        Expected::Absent => found.is_none(),
        Expected::Present => found.is_some(),
        Expected::At(revision) => found == Some(revision),
    })
}

/// Writes the log back off the commits' way, so that no commit waits for it unless the log has become long.
fn checkpoint(connection: &Connection, written: &Receiver<()>) {
    while written.recv().is_ok() {
        std::thread::sleep(CHECKPOINT_EVERY);
        let pages = |row: &rusqlite::Row<'_>| row.get::<_, i64>(1);
        let mut done = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], pages);
        if done.as_ref().is_ok_and(|pages| *pages >= LOG) {
            done = connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], pages);
        }
        if let Err(error) = done {
            tracing::warn!(%error, "the store's log could not be written back");
        }
    }
}
