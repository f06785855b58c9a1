//! What is started for a function: made once per revision, so that a warm call asks memory only.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::Internal;
use registry::{Function, FunctionKey};
use sandbox::{Launch, LaunchKey, Limits, Package, Runtime};

use super::Engine;
use crate::names::LATEST;
use crate::{limits, tags};

/// The latest launch of every function that was called.
#[derive(Default)]
pub struct Launches(Mutex<HashMap<FunctionKey, Arc<Launch>>>);

impl Launches {
    fn lock(&self) -> MutexGuard<'_, HashMap<FunctionKey, Arc<Launch>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Names a function at its revision.
pub fn launch_key(function: &Function) -> LaunchKey {
    LaunchKey(format!("{}:{LATEST}@{}", function.key.arn(), function.revision_id))
}

impl Engine {
    /// Fails when the host has lost the runtime, or the package cannot be unpacked any more.
    pub(super) async fn launch(&self, function: &Function) -> Result<Arc<Launch>, Internal> {
        let key = launch_key(function);
        let known = self.launches.lock().get(&function.key).cloned();
        if let Some(known) = known.filter(|known| known.key == key) {
            return Ok(known);
        }
        let runtime = self.parts.runtimes.get(&function.configuration.runtime).map_err(Internal::new)?.0;
        let prepared = self.parts.packages.prepare(&function.code).await?;
        let code = prepared.map_err(Internal::because("unpacking a function's package again"))?;
        let launch = Arc::new(launch(key, function, runtime, code));
        self.launches.lock().insert(function.key.clone(), launch.clone());
        Ok(launch)
    }

    /// No call begins in an instance of this revision any more.
    pub(super) async fn retire(&self, function: &Function) {
        self.launches.lock().remove(&function.key);
        self.parts.dispatch.retire(&launch_key(function)).await;
    }
}

fn launch(key: LaunchKey, function: &Function, runtime: Arc<Runtime>, code: PathBuf) -> Launch {
    let configuration = &function.configuration;
    // They were read when they were set.
    let wishes = tags::wishes(&function.tags).ok();
    Launch {
        key,
        account: function.key.account.clone(),
        region: function.key.region.clone(),
        function: function.key.arn(),
        function_name: function.key.name.clone(),
        version: LATEST.to_owned(),
        package: Package { code, layers: Vec::new() },
        runtime,
        handler: configuration.handler.clone(),
        environment: configuration.environment.clone().unwrap_or_default(),
        limits: Limits {
            memory_mib: configuration.memory_mib,
            tmp_mib: configuration.tmp_mib,
            timeout: Duration::from_secs(configuration.timeout_seconds.into()),
            pids: limits::PIDS,
            descriptors: limits::DESCRIPTORS,
        },
        // It was read when it was set.
        egress: wishes.as_ref().map(|wishes| wishes.egress.clone()).unwrap_or_default(),
        keep_idle: wishes.and_then(|wishes| wishes.keep_idle),
        role: configuration.role.clone(),
        log_group: configuration.logging.group.clone(),
    }
}
