//! Functions as clients of AWS Lambda see them: made, changed, called, and the target of events.

mod access;
mod aliases;
mod code_source;
mod constraints;
mod engine;
mod environment;
mod event_invoke;
mod face;
mod faults;
mod filters;
mod layers;
pub mod limits;
mod mappings;
mod names;
mod naming;
mod operations;
mod outcome;
mod paging;
mod ports;
mod provisioned;
mod runtimes;
mod settings;
mod shown;
mod tags;
mod target;
mod unbuilt;
mod urls;

use std::sync::Arc;

use delivery::Target;
use model::{AccountId, Internal};
use service::Service;

use engine::Engine;

pub use engine::{LINKS, Parts};
pub use ports::{CodeBucket, Roles, RuntimeCatalog};

/// The face. Clones are the same.
#[derive(Clone)]
pub struct Lambda {
    engine: Arc<Engine>,
}

impl Lambda {
    pub fn new(parts: Parts) -> Self {
        Self { engine: Arc::new(Engine::new(parts)) }
    }

    /// What the gateway calls. Requests for function URLs, and at paths that begin with `LINKS`, are this service's too,
    /// without a signature.
    pub fn service(&self) -> impl Service + use<> {
        face::Face::new(self.clone())
    }

    /// What delivery hands the events of functions to.
    pub fn target(&self) -> Arc<dyn Target> {
        Arc::new(self.clone())
    }

    /// Goes on with what an earlier process left unfinished. Called once, when all is there.
    pub async fn start(&self) -> Result<(), Internal> {
        self.engine.resume().await
    }

    /// Removes every function and layer of an account: for test suites that begin anew.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        self.engine.wipe_mappings(account).await?;
        for function in self.engine.parts.registry.all().await? {
            if function.key().account == *account {
                self.engine.remove(function.key()).await?;
            }
        }
        self.engine.wipe_layers(account).await
    }
}
