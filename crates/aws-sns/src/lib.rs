//! Topics as clients of Amazon SNS see them, and the target of events that are messages to topics.

mod access;
mod engine;
mod face;
mod faults;
mod forms;
pub mod limits;
mod messages;
mod operations;
mod pages;
mod policy;
mod settings;
mod target;

use std::sync::Arc;

use delivery::Target;
use model::{AccountId, Internal};
use service::Service;

use engine::Engine;

pub use engine::{Parts, Rights, Sent};

/// The face. Clones are the same.
#[derive(Clone)]
pub struct Sns {
    engine: Arc<Engine>,
}

impl Sns {
    pub fn new(parts: Parts) -> Self {
        Self { engine: Arc::new(Engine::new(parts)) }
    }

    /// What the gateway calls.
    pub fn service(&self) -> impl Service + use<> {
        face::Face::new(self.clone())
    }

    /// What delivery hands the events of topics to.
    pub fn target(&self) -> Arc<dyn Target> {
        Arc::new(self.clone())
    }

    /// What went to people and devices of an account, newest first, up to `limit`.
    pub async fn outbox(&self, account: &AccountId, limit: usize) -> Result<Vec<Sent>, Internal> {
        self.engine.outbox(account, limit).await
    }

    /// Removes every topic of an account: for test suites that begin anew.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        self.engine.wipe(account).await
    }
}
