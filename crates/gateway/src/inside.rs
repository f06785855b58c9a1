//! The front door as seen from inside a sandbox: the same, but whoever comes in is known by where they come from.

use std::net::TcpListener;
use std::sync::Arc;

use sandbox::{Platform, Speaker};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::front::{Gateway, Peer};
use crate::limits::{SANDBOX_BODIES_BYTES, SANDBOX_CONNECTIONS, SANDBOX_REQUESTS};
use crate::serve;

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

impl Platform for Gateway {
    fn serve(&self, listener: TcpListener, speaker: Arc<Speaker>) -> Box<dyn Send + Sync> {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let (gateway, tasks) = (self.clone(), self.tasks().clone());
        tasks.clone().wait("sandbox-door", async move {
            let Ok(listener) = serve::adopt(listener) else {
                tracing::error!("a sandbox's listener could not be served");
                return;
            };
            let inside = Arc::new(Inside::new(speaker));
            let peer = move |_| Peer::Inside(inside.clone());
            serve::accept(listener, gateway, tasks, SANDBOX_CONNECTIONS, stopped, peer).await;
        });
        Box::new(stop.drop_guard())
    }
}
