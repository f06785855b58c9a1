//! What the face does: keeps queues and their messages. Knows nothing of protocols.

mod index;
mod message;
mod moves;
mod open;
mod queue;
mod receive;
mod redrive;
mod rows;
mod send;
mod settle;
#[cfg(test)]
mod simulation;
mod store_queues;
mod sweep;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use delivery::Delivery;
use model::{Caller, EventId, Internal, Permission, Time};
use store::{Table, Underway};
use tasks::{Clock, Dice, Tasks};

pub use index::Counts;
pub use message::{Handle, Message, Sequence};
pub use moves::{MoveStatus, MoveTask};
pub use open::Open;
pub use queue::{Queue, QueueKey, Redrive, RedriveAllow, Settings};
pub use receive::{Received, Wanted};
pub use send::{New, Sent};
pub use settle::NotVisible;

use moves::Moves;

/// Who decides on policies.
#[async_trait]
pub trait Rights: Send + Sync {
    /// Whether the permission's own resource policy, under the permission's context, lets this caller do it.
    async fn allows(&self, caller: &Caller, permission: &Permission) -> Result<bool, Internal>;
}

/// What the face is made of.
pub struct Parts {
    pub table: Arc<dyn Table>,
    pub delivery: Delivery,
    pub rights: Arc<dyn Rights>,
    pub clock: Clock,
    pub dice: Dice,
    /// Who waits for messages is told that there are none when these stop.
    pub doors: Tasks,
    pub tasks: Tasks,
}

/// The queues of all accounts.
pub struct Engine {
    pub parts: Parts,
    open: Mutex<HashMap<QueueKey, Arc<Open>>>,
    /// When queues were deleted, lately.
    deleted: Mutex<HashMap<QueueKey, Time>>,
    moves: Mutex<Moves>,
    /// Messages whose senders are not answered yet.
    underway: Underway<EventId>,
    /// The last sequence that was given out, for all queues: a message that is moved keeps its own.
    last: AtomicU64,
}

impl Engine {
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            open: Mutex::default(),
            deleted: Mutex::default(),
            moves: Mutex::default(),
            underway: Underway::default(),
            last: AtomicU64::new(0),
        }
    }

    fn now(&self) -> Time {
        self.parts.clock.now()
    }

    /// Later than every other.
    fn next_sequence(&self) -> Sequence {
        let now = (self.now().as_millis().max(0) as u64) << message::COUNT_BITS;
        let next = |last: u64| now.max(last + 1);
        let last = self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(next(last)));
        last.map_or(now, next)
    }

    fn saw(&self, sequence: Sequence) {
        self.last.fetch_max(sequence, Ordering::SeqCst);
    }

    fn moves(&self) -> MutexGuard<'_, Moves> {
        locked(&self.moves)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
