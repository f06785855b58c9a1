//! Raising a sandbox: from a launch to a program that is being executed inside walls.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::Internal;
use sandbox::{Contract, Credentials, Issuer, Launch, LogPlace, Output, Platform, Speaker};
use tasks::{Clock, Tasks};

use crate::cage::{Connections, Sandbox};
use crate::environment::{self, PLATFORM_PORT, RUNTIME_API_PORT};
use crate::guests::Guests;
use crate::plan::Plan;
use crate::spawner::Spawner;

/// What the engine needs of the rest of the platform.
pub struct Surroundings {
    pub issuer: Arc<dyn Issuer>,
    pub output: Arc<dyn Output>,
    pub platform: Arc<dyn Platform>,
    pub clock: Clock,
    pub tasks: Tasks,
}

/// Raises sandboxes. Clones are the same.
#[derive(Clone)]
pub struct Raiser(Arc<Shared>);

struct Shared {
    spawner: Spawner,
    guests: Guests,
    surroundings: Surroundings,
    next: AtomicU64,
}

impl Raiser {
    /// Writes the guest programs below `data_dir`.
    pub fn new(spawner: Spawner, surroundings: Surroundings, data_dir: PathBuf) -> Result<Self, Internal> {
        let guests = Guests::install(&data_dir).map_err(Internal::because("writing the guest programs"))?;
        Ok(Self(Arc::new(Shared { spawner, guests, surroundings, next: AtomicU64::new(1) })))
    }

    pub fn surroundings(&self) -> &Surroundings {
        &self.0.surroundings
    }

    pub fn clock(&self) -> &Clock {
        &self.0.surroundings.clock
    }

    /// A fresh sandbox in which the launch's program is being executed.
    pub async fn raise(&self, source: &Source) -> Result<Sandbox, Internal> {
        let Shared { spawner, surroundings, next, .. } = &*self.0;
        let plan = self.plan(source, next.fetch_add(1, Ordering::Relaxed))?;
        let id = plan.id;
        let started = spawner.start(plan).await?;
        let connections = Connections {
            launch: &source.launch,
            place: source.place.clone(),
            output: Arc::clone(&surroundings.output),
            platform: &*surroundings.platform,
            speaker: Arc::clone(&source.speaker),
            clock: surroundings.clock.clone(),
            tasks: &surroundings.tasks,
        };
        Sandbox::connect(id, spawner.clone(), started, connections)
    }

    fn plan(&self, source: &Source, id: u64) -> Result<Plan, Internal> {
        let Source { launch, credentials, place, .. } = source;
        let framed = launch.runtime.contract == Contract::PullFramed;
        let guest = launch.runtime.guest.as_deref().map(|name| self.0.guests.directory(name)).transpose()?;
        Ok(Plan {
            id,
            command: command(launch),
            environment: environment::of(launch, credentials, &place.stream),
            roots: launch.runtime.roots.clone(),
            code: launch.package.code.clone(),
            layers: launch.package.layers.clone(),
            guest,
            tmp_mib: launch.limits.tmp_mib,
            memory_mib: launch.limits.memory_mib,
            pids: launch.limits.pids,
            descriptors: launch.limits.descriptors,
            ports: if framed { vec![PLATFORM_PORT] } else { vec![PLATFORM_PORT, RUNTIME_API_PORT] },
            framed,
        })
    }
}

/// All that a sandbox is raised from; a second one after a slow init is raised from the same.
pub struct Source {
    pub launch: Arc<Launch>,
    pub credentials: Credentials,
    pub place: LogPlace,
    pub speaker: Arc<Speaker>,
}

/// AWS: a function that brings its own runtime may bring it in a layer.
fn command(launch: &Launch) -> Vec<String> {
    let mut command = launch.runtime.command.clone();
    let bootstrap = command.first().is_some_and(|program| program == "/var/task/bootstrap");
    let in_layer = || launch.package.layers.iter().any(|layer| layer.join("bootstrap").exists());
    if bootstrap && !launch.package.code.join("bootstrap").exists() && in_layer() {
        command[0] = "/opt/bootstrap".to_owned();
    }
    command
}
