//! Every runtime that functions can have here, and the engine that runs them: each launch goes to the one that its
//! runtime is for.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lambda::RuntimeCatalog;
use sandbox::{Contract, Engine, Instance, Launch, LaunchKey, Runtime, SlowStart, StartError};
use sandbox_linux::Runtimes;

/// Lambda looks runtimes up.
pub struct Catalog {
    pub runtimes: Runtimes,
    /// Whether another version may stand in.
    pub nearest: bool,
}

/// What the runtime is called that runs modules.
const WASM: &str = "wasm";

impl RuntimeCatalog for Catalog {
    fn get(&self, name: &str) -> Result<(Arc<Runtime>, Option<String>), String> {
        if name == WASM {
            return wasm().map(|runtime| (runtime, None));
        }
        let found = if self.nearest {
            self.runtimes.get_or_nearest(name)
        } else {
            self.runtimes.get(name).map(|runtime| (runtime, None))
        };
        found.map_err(|missing| missing.to_string())
    }
}

#[cfg(feature = "wasm")]
fn wasm() -> Result<Arc<Runtime>, String> {
    Ok(Arc::new(sandbox_wasm::runtime()))
}

#[cfg(not(feature = "wasm"))]
fn wasm() -> Result<Arc<Runtime>, String> {
    Err("This platform was built without the runtime wasm.".to_owned())
}

/// Both engines as one.
pub struct EveryEngine {
    pub sandboxes: Arc<dyn Engine>,
    /// None where the platform was built without.
    pub modules: Option<Arc<dyn Engine>>,
}

#[async_trait]
impl Engine for EveryEngine {
    async fn start(&self, launch: Arc<Launch>) -> Result<Box<dyn Instance>, StartError> {
        self.engine_of(&launch).start(launch).await
    }

    async fn prepare(&self, launch: Arc<Launch>) {
        self.engine_of(&launch).prepare(launch).await;
    }

    fn forget(&self, key: &LaunchKey) {
        self.all().for_each(|engine| engine.forget(key));
    }

    fn slow_starts(&self) -> Vec<SlowStart> {
        self.all().flat_map(|engine| engine.slow_starts()).collect()
    }
}

impl EveryEngine {
    fn engine_of(&self, launch: &Launch) -> &Arc<dyn Engine> {
        match &self.modules {
            Some(modules) if launch.runtime.contract == Contract::Wasm => modules,
            _ => &self.sandboxes,
        }
    }

    fn all(&self) -> impl Iterator<Item = &Arc<dyn Engine>> {
        std::iter::once(&self.sandboxes).chain(&self.modules)
    }
}
