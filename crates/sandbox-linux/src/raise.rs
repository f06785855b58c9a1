//! Raising a sandbox: from a launch to a program that is being executed inside walls.

mod plant;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use model::Internal;
use sandbox::{
    Contract, Credentials, Egress, Issuer, Launch, LaunchKey, LogPlace, Output, Platform, SlowStart, Speaker,
};
use tasks::{Clock, Tasks};

use crate::cage::{Connections, Sandbox};
use crate::environment::{self, PLATFORM_PORT, RUNTIME_API_PORT};
use crate::guests::Guests;
use crate::network::NAMES_PORT;
use crate::plan::{Plan, Unfit};
use crate::spawner::{NotStarted, Spawner, Started};
use crate::templates::{Choice, From, Templates};

/// Asks a guest to tell what it imports.
const LEARN: &str = "DAYFLY_GUEST_LEARN";
/// Asks a fork to print what the init before the snapshot has printed.
const TELL: &str = "DAYFLY_GUEST_TELL";
/// Has Node.js run what a function names, before our own program.
const NODE_OPTIONS: &str = "NODE_OPTIONS";

/// What the engine needs of the rest of the platform.
pub struct Surroundings {
    pub issuer: Arc<dyn Issuer>,
    pub output: Arc<dyn Output>,
    pub platform: Arc<dyn Platform>,
    pub clock: Clock,
    pub tasks: Tasks,
    /// Whether functions that can are started from templates.
    pub templates: bool,
    /// Where names are asked for; those of the host when empty.
    pub resolvers: Vec<SocketAddr>,
}

/// Raises sandboxes. Clones are the same.
#[derive(Clone)]
pub struct Raiser(Arc<Shared>);

struct Shared {
    spawner: Spawner,
    guests: Guests,
    surroundings: Surroundings,
    templates: Templates,
    next: AtomicU64,
}

impl Raiser {
    /// Writes the guest programs below `data_dir`.
    pub fn new(spawner: Spawner, surroundings: Surroundings, data_dir: PathBuf) -> Result<Self, Internal> {
        let guests = Guests::install(&data_dir).map_err(Internal::because("writing the guest programs"))?;
        let templates = Templates::new(surroundings.templates);
        let next = AtomicU64::new(1);
        Ok(Self(Arc::new(Shared { spawner, guests, surroundings, templates, next })))
    }

    pub fn surroundings(&self) -> &Surroundings {
        &self.0.surroundings
    }

    pub fn clock(&self) -> &Clock {
        &self.0.surroundings.clock
    }

    /// A fresh sandbox in which the launch's program is being executed, or goes on as a fork of its template.
    pub async fn raise(&self, source: &Source) -> Result<Sandbox, Internal> {
        let launch = &source.launch;
        let mut choice = self.choose(launch);
        if choice.from == From::TemplateToCome {
            self.await_template(launch).await;
            choice = Choice { learns: choice.learns, ..self.choose(launch) };
        }
        let mut tried = None;
        while let From::Template(template) = choice.from
            && tried != Some(template)
        {
            // A fork is at its init before the answer is here.
            let asked = Instant::now();
            let mut plan = self.plan(source, choice.learns)?;
            let tells = self.0.templates.tells(launch, template);
            plan.environment.extend(tells.then(|| (TELL.to_owned(), "1".to_owned())));
            match self.0.spawner.sprout(template, plan).await {
                Ok(started) => return self.connect(source, started, Some(asked)),
                Err(NotStarted::Unfit(Unfit::NotNow)) => break,
                Err(error) => self.do_without(launch, Some(template), error),
            }
            // Another may have taken its place.
            tried = Some(template);
            choice = Choice { learns: choice.learns, ..self.choose(launch) };
        }
        let started = self.0.spawner.start(self.plan(source, choice.learns)?).await?;
        self.connect(source, started, None)
    }

    fn choose(&self, launch: &Launch) -> Choice {
        let (choice, replaced) = self.0.templates.choose(launch, self.clock().now());
        self.retire(replaced);
        choice
    }

    /// The same, from nothing in any case.
    pub async fn raise_anew(&self, source: &Source) -> Result<Sandbox, Internal> {
        let started = self.0.spawner.start(self.plan(source, false)?).await?;
        self.connect(source, started, None)
    }

    /// `forked` says when a fork was asked for, if it is one.
    fn connect(
        &self,
        source: &Source,
        started: Started,
        forked: Option<Instant>,
    ) -> Result<Sandbox, Internal> {
        let surroundings = &self.0.surroundings;
        let connections = Connections {
            launch: &source.launch,
            place: source.place.clone(),
            output: Arc::clone(&surroundings.output),
            platform: &*surroundings.platform,
            speaker: Arc::clone(&source.speaker),
            clock: surroundings.clock.clone(),
            tasks: &surroundings.tasks,
            resolvers: &surroundings.resolvers,
            begun: forked.unwrap_or_else(Instant::now),
            forked: forked.is_some(),
        };
        Sandbox::connect(started, connections)
    }

    /// The functions whose instances are never started from a template.
    pub fn slow_starts(&self) -> Vec<SlowStart> {
        self.0.templates.refused()
    }

    /// Nothing of this key is started any more.
    pub fn forget(&self, key: &LaunchKey) {
        self.retire(self.0.templates.forget(key));
    }

    fn number(&self) -> u64 {
        self.0.next.fetch_add(1, Ordering::Relaxed)
    }

    /// That of a template, and that of the instances which it is made for.
    fn template_plans(&self, launch: &Launch) -> Result<(Plan, Plan), Internal> {
        if launch.environment.contains_key(NODE_OPTIONS) {
            return Err(Internal::new("its environment sets NODE_OPTIONS"));
        }
        let program = launch.runtime.command.iter().take(1);
        let command = program.chain(&launch.runtime.template).cloned().collect();
        let (ports, egress) = (Vec::new(), Egress::None);
        let plan = self.bare_plan(launch, environment::of_template(launch))?;
        Ok((Plan { command, ports, egress, ..plan }, self.bare_plan(launch, Vec::new())?))
    }

    fn plan(&self, source: &Source, learns: bool) -> Result<Plan, Internal> {
        let Source { launch, credentials, place, .. } = source;
        let mut environment = environment::of(launch, credentials, &place.stream);
        environment.extend(learns.then(|| (LEARN.to_owned(), "1".to_owned())));
        self.bare_plan(launch, environment)
    }

    fn bare_plan(&self, launch: &Launch, environment: Vec<(String, String)>) -> Result<Plan, Internal> {
        let framed = launch.runtime.contract == Contract::PullFramed;
        let guest = launch.runtime.guest.as_deref().map(|name| self.0.guests.directory(name)).transpose()?;
        Ok(Plan {
            id: self.number(),
            command: command(launch),
            environment,
            roots: launch.runtime.roots.clone(),
            code: launch.package.code.clone(),
            layers: launch.package.layers.clone(),
            guest,
            tmp_mib: launch.limits.tmp_mib,
            memory_mib: launch.limits.memory_mib,
            pids: launch.limits.pids,
            descriptors: launch.limits.descriptors,
            ports: ports(launch),
            egress: launch.egress.clone(),
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

/// Names are asked for by datagrams; an answer that is too long for them is asked for again on a connection.
fn ports(launch: &Launch) -> Vec<u16> {
    let runtime_api = (launch.runtime.contract == Contract::PullHttp).then_some(RUNTIME_API_PORT);
    let names = (launch.egress != Egress::None).then_some(NAMES_PORT);
    [Some(PLATFORM_PORT), runtime_api, names].into_iter().flatten().collect()
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
