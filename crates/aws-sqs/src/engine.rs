//! What the face does: keeps queues and their messages. Knows nothing of protocols.

mod adopt;
mod clear;
mod index;
mod message;
mod moves;
mod open;
mod places;
mod purge;
mod queue;
mod read_on;
mod receive;
mod redrive;
mod rows;
mod send;
mod sequences;
mod settle;
#[cfg(test)]
mod simulation;
mod store_queues;
mod sweep;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use delivery::Delivery;
use model::{Caller, Internal, Permission, Time};
use store::Table;
use tasks::{Clock, Dice, Tasks};

pub use index::Reach;
pub use message::{Handle, Message, Sequence};
pub use moves::{MoveStatus, MoveTask};
pub use open::Open;
pub use queue::{Queue, QueueKey, Redrive, RedriveAllow, Settings};
pub use receive::{Received, Wanted};
pub use send::{New, Sent};
pub use settle::{Counts, NotVisible};

use moves::Moves;
use sequences::Sequences;

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
    /// How much of each queue is in memory.
    pub reach: Reach,
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
    /// For all queues: a message that is moved keeps its own.
    sequences: Sequences,
}

impl Engine {
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            open: Mutex::default(),
            deleted: Mutex::default(),
            moves: Mutex::default(),
            sequences: Sequences::default(),
        }
    }

    fn now(&self) -> Time {
        self.parts.clock.now()
    }

    async fn next_sequence(&self) -> Result<Sequence, Internal> {
        self.sequences.next(&self.parts.table, self.now()).await
    }

    fn moves(&self) -> MutexGuard<'_, Moves> {
        locked(&self.moves)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
