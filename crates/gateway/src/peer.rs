//! Where requests come from, and what one sandbox may ask for at the same time.

use std::net::IpAddr;
use std::sync::Arc;

use sandbox::Speaker;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::{SANDBOX_BODIES_BYTES, SANDBOX_REQUESTS};

/// Where a request comes from.
pub enum Peer {
    Outside(IpAddr),
    /// An instance: what it does, it does because of the invocation that runs in it.
    Inside(Arc<Inside>),
}

/// An instance that asks. What is more than it may ask at once waits, and makes nobody else wait.
pub struct Inside {
    pub speaker: Arc<Speaker>,
    turns: Arc<Semaphore>,
    /// In KiB.
    memory: Arc<Semaphore>,
}

impl Inside {
    pub fn new(speaker: Arc<Speaker>) -> Self {
        let turns = Arc::new(Semaphore::new(SANDBOX_REQUESTS));
        Self { speaker, turns, memory: Arc::new(Semaphore::new(SANDBOX_BODIES_BYTES / 1024)) }
    }

    /// One request's turn; nobody closes these, so there always is one in the end.
    pub async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        self.turns.clone().acquire_owned().await.ok()
    }

    /// Room for so much of a body in memory.
    pub async fn room(&self, kib: u32) -> Option<OwnedSemaphorePermit> {
        self.memory.clone().acquire_many_owned(kib).await.ok()
    }

    #[cfg(test)]
    pub fn is_at_its_bounds(&self) -> bool {
        self.turns.available_permits() == 0 || self.memory.available_permits() < 1024
    }
}
