//! Queues as clients of Amazon SQS see them, the target of events and the source of batches.

mod access;
mod attributes;
mod batch;
mod engine;
mod face;
mod faults;
pub mod limits;
mod messages;
mod operations;
mod policy;
mod query;
mod settings;
mod source;
mod target;
mod urls;

use std::sync::Arc;

use delivery::{Source, Target};
use model::{AccountId, Internal};
use service::Service;

use engine::Engine;

pub use engine::{Parts, Reach, Rights};

/// The face. Clones are the same.
#[derive(Clone)]
pub struct Sqs {
    engine: Arc<Engine>,
}

impl Sqs {
    pub fn new(parts: Parts) -> Self {
        Self { engine: Arc::new(Engine::new(parts)) }
    }

    /// What the gateway calls, in both protocols.
    pub fn service(&self) -> impl Service + use<> {
        face::Face::new(self.clone())
    }

    /// What delivery hands the events of queues to.
    pub fn target(&self) -> Arc<dyn Target> {
        Arc::new(self.clone())
    }

    /// What delivery takes batches from.
    pub fn source(&self) -> Arc<dyn Source> {
        Arc::new(self.clone())
    }

    /// Goes on with what an earlier process left unfinished. Called once, when all is there.
    pub async fn start(&self) -> Result<(), Internal> {
        self.engine.start().await
    }

    /// Removes every queue of an account: for test suites that begin anew.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        self.engine.wipe(account).await
    }
}
