//! The engine: compiles what a launch names, once, and hands out instances of it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use model::Internal;
use sandbox::{
    Engine, FunctionError, Instance, Launch, LaunchKey, Lines, LogPlace, Output, SlowStart, Start,
    StartError, Usage,
};
use tasks::Clock;

use crate::find;
use crate::instance::WasmInstance;
use crate::printed::Printed;
use crate::shared::Shared;

/// What the engine needs of the rest of the platform.
#[derive(Clone)]
pub struct Surroundings {
    pub output: Arc<dyn Output>,
    pub clock: Clock,
}

/// Runs modules in this process. Nothing of it is there before the first one is asked for.
pub struct WasmEngine {
    surroundings: Surroundings,
    shared: OnceLock<Arc<Shared>>,
}

impl WasmEngine {
    pub fn new(surroundings: Surroundings) -> Self {
        Self { surroundings, shared: OnceLock::new() }
    }

    fn shared(&self) -> Result<Arc<Shared>, Internal> {
        if let Some(shared) = self.shared.get() {
            return Ok(Arc::clone(shared));
        }
        let made = Arc::new(Shared::new().map_err(Internal::because("preparing for modules"))?);
        Ok(Arc::clone(self.shared.get_or_init(|| made)))
    }
}

impl Drop for WasmEngine {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.get() {
            shared.stop();
        }
    }
}

#[async_trait]
impl Engine for WasmEngine {
    async fn start(&self, launch: Arc<Launch>) -> Result<Box<dyn Instance>, StartError> {
        let (began, started) = (Instant::now(), self.surroundings.clock.now());
        let shared = self.shared().map_err(StartError::Internal)?;
        let compiled = match find::find(&launch.package.code, &launch.handler) {
            Ok(target) => shared.compiled(target).await.map_err(StartError::Internal)?,
            Err(error) => Err(error),
        };
        let init = began.elapsed();
        let compiled = compiled.map_err(|error| {
            let start = Start::Cold { init };
            let usage = Usage { started, start, duration: Duration::ZERO, peak_memory: 0, cpu: init };
            StartError::Function(unusable(&launch.handler, &error), Box::new(usage))
        })?;
        let place = LogPlace {
            account: launch.account.clone(),
            region: launch.region.clone(),
            group: launch.log_group.clone(),
            stream: log_stream(started, &launch.version).map_err(StartError::Internal)?,
        };
        let Surroundings { output, clock } = self.surroundings.clone();
        let printed = Printed::new(Lines::new(place, output, clock.clone()));
        Ok(Box::new(WasmInstance { shared, launch, compiled, printed, clock, init: Some(init) }))
    }

    async fn prepare(&self, _: Arc<Launch>) {}

    /// What was compiled goes when others take its place.
    fn forget(&self, _: &LaunchKey) {}

    fn slow_starts(&self) -> Vec<SlowStart> {
        Vec::new()
    }
}

fn unusable(handler: &str, error: &str) -> FunctionError {
    let message = format!("The module of the handler {handler} cannot be run: {error}");
    let document = serde_json::json!({ "errorType": "Runtime.InvalidEntrypoint", "errorMessage": message });
    FunctionError {
        kind: "Unhandled",
        error_type: "Runtime.InvalidEntrypoint".to_owned(),
        payload: document.to_string().into(),
    }
}

/// As in `2026/11/23/[$LATEST]9f2c…`, one per instance.
fn log_stream(now: model::Time, version: &str) -> Result<String, Internal> {
    let mut unique = [0; 16];
    getrandom::fill(&mut unique).map_err(Internal::because("naming a log stream"))?;
    Ok(format!("{}/[{version}]{}", now.date_path(), hex::encode(unique)))
}
