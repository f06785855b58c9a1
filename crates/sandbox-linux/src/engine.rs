//! The engine: raises sandboxes for launches and hands out instances.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use model::Internal;
use sandbox::{Engine, Instance, Launch, LaunchKey, LogPlace, SlowStart, Speaker, StartError};
use tasks::Clock;

use crate::instance::LinuxInstance;
use crate::raise::{Raiser, Source, Surroundings};
use crate::spawner::Spawner;

/// Starts instances in sandboxes of this machine.
#[derive(Clone)]
pub struct LinuxEngine(Raiser);

impl LinuxEngine {
    /// Writes the guest programs below `data_dir`, from where sandboxes see them.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn new(spawner: Spawner, surroundings: Surroundings, data_dir: PathBuf) -> Result<Self, Internal> {
        Ok(Self(Raiser::new(spawner, surroundings, data_dir)?))
    }
}

#[async_trait]
impl Engine for LinuxEngine {
    async fn start(&self, launch: Arc<Launch>) -> Result<Box<dyn Instance>, StartError> {
        let Surroundings { issuer, clock, .. } = self.0.surroundings();
        let issued = issuer.issue(&launch.role, &launch.function_name).await;
        let credentials = issued.map_err(StartError::Internal)?;
        let place = LogPlace {
            account: launch.account.clone(),
            region: launch.region.clone(),
            group: launch.log_group.clone(),
            stream: log_stream(clock, &launch.version).map_err(StartError::Internal)?,
        };
        let source = Source { launch, credentials, place, speaker: Arc::new(Speaker::default()) };
        let sandbox = self.0.raise(&source).await.map_err(StartError::Internal)?;
        Ok(Box::new(LinuxInstance::new(self.0.clone(), source, sandbox)))
    }

    async fn prepare(&self, launch: Arc<Launch>) {
        self.0.prepare(&launch).await;
    }

    fn forget(&self, key: &LaunchKey) {
        self.0.forget(key);
    }

    fn slow_starts(&self) -> Vec<SlowStart> {
        self.0.slow_starts()
    }
}

/// As in `2026/11/23/[$LATEST]9f2c…`, one per instance.
fn log_stream(clock: &Clock, version: &str) -> Result<String, Internal> {
    let mut unique = [0; 16];
    rustix::rand::getrandom(&mut unique, rustix::rand::GetRandomFlags::empty())
        .map_err(Internal::because("naming a log stream"))?;
    Ok(format!("{}/[{version}]{}", clock.now().date_path(), hex::encode(unique)))
}
