//! What is started for a function: made once per revision, so that a warm call asks memory only.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::Internal;
use registry::{FunctionKey, Version, VersionId};
use sandbox::{Launch, LaunchKey, Limits, Package, Runtime};

use super::{Engine, Found};
use crate::{limits, tags};

/// The latest launch of every version that was called.
#[derive(Default)]
pub struct Launches(Mutex<Known>);

type Known = HashMap<(FunctionKey, VersionId), Arc<Launch>>;

impl Launches {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Names a version at its revision, and at what its function's tags say to the platform.
pub fn launch_key(version: &Version, tags: &BTreeMap<String, String>) -> LaunchKey {
    let (arn, revision) = (version.arn(), &version.revision_id);
    LaunchKey(format!("{arn}@{revision}{}", tags::spoken(tags)))
}

impl Engine {
    /// Fails when the host has lost the runtime, or the package cannot be unpacked any more.
    pub(super) async fn launch(&self, found: &Found) -> Result<Arc<Launch>, Internal> {
        let (version, tags) = (found.version(), &found.function.tags);
        let (key, name) = (launch_key(version, tags), (version.key.clone(), version.id));
        let known = self.launches.lock().get(&name).cloned();
        if let Some(known) = known.filter(|known| known.key == key) {
            return Ok(known);
        }
        let runtime = self.parts.runtimes.get(&version.configuration.runtime).map_err(Internal::new)?.0;
        let package = self.package(version).await?;
        let package = package.map_err(Internal::because("unpacking a function's package again"))?;
        let launch = Arc::new(launch(key, found, runtime, package));
        self.launches.lock().insert(name, launch.clone());
        Ok(launch)
    }

    /// No call begins in an instance of this revision any more. Gives what it was launched as.
    pub(super) async fn retire(&self, version: &Version, tags: &BTreeMap<String, String>) -> LaunchKey {
        let key = launch_key(version, tags);
        self.launches.lock().remove(&(version.key.clone(), version.id));
        self.parts.dispatch.retire(&key).await;
        key
    }
}

fn launch(key: LaunchKey, found: &Found, runtime: Arc<Runtime>, package: Package) -> Launch {
    let version = found.version();
    let configuration = &version.configuration;
    // They were read when they were set.
    let wishes = tags::wishes(&found.function.tags).ok();
    Launch {
        key,
        account: version.key.account.clone(),
        region: version.key.region.clone(),
        function: version.key.arn(),
        function_name: version.key.name.clone(),
        version: version.id.to_string(),
        package,
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
        snap_start: version.has_snapshot(),
        provisioned: false,
        log_group: configuration.logging.group.clone(),
    }
}
