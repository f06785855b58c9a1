//! A platform, from the data directory up to the open door, and back down again.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use admin::Console;
use aws_lambda::Lambda;
use aws_s3::S3;
use aws_sns::Sns;
use aws_sqs::Sqs;
use delivery::Delivery;
use dispatch::Dispatch;
use gateway::Gateway;
use iam::Iam;
use metering::Ledger;
use model::{AccountId, Internal};
use registry::{Packages, Registry};
use sandbox::Engine;
use sandbox_linux::{LinuxEngine, Runtimes, Spawner, Surroundings};
use service::Service;
use store::{Blobs, Table};
use store_local::{LocalBlobs, SqliteTable};
use tasks::{Clock, Dice, Tasks};
use telemetry::{Logs, Telemetry};
use tokio::net::TcpListener;

use crate::directory::{DataDirectory, Reach, RootKey};
use crate::ports::{
    CodeIn, OutboxOf, RightsOf, RolesOf, WipeBuckets, WipeFunctions, WipeQueues, WipeRoles, WipeTopics,
};
use crate::runtimes::{Catalog, EveryEngine};
use crate::{Prepared, Settings, console};

/// How long what runs is waited for when the platform stops. Ours.
const DRAIN: Duration = Duration::from_secs(30);

/// A platform that answers.
pub struct Platform {
    data: DataDirectory,
    reach: Reach,
    dispatch: Dispatch,
    branches: Branches,
}

/// The branches of the task tree, in the order in which they stop: who lets work in first, who writes it down last.
#[derive(Default)]
struct Branches {
    /// Connections from outside, and the console.
    doors: Tasks,
    /// Events on their way.
    delivery: Tasks,
    /// Calls.
    dispatch: Tasks,
    /// What instances talk to.
    inside: Tasks,
    /// Log lines, ledger rows, and what is cleaned up now and then.
    books: Tasks,
}

/// What everything is kept in.
struct Stores {
    table: Arc<dyn Table>,
    objects: Arc<dyn Blobs>,
    code: Arc<dyn Blobs>,
}

/// The parts that do the work, below the faces.
struct Engines {
    iam: Iam,
    telemetry: Telemetry,
    ledger: Ledger,
    delivery: Delivery,
    dispatch: Dispatch,
    gateway: Gateway,
    /// Why functions have no way out, where that is so.
    no_egress: Option<String>,
    no_lists: Option<String>,
}

impl Platform {
    /// Starts a platform; it answers when this returns.
    ///
    /// # Errors
    /// When the data directory cannot be read, or the system gives no more of something.
    pub async fn start(prepared: Prepared, spawner: Spawner) -> Result<Self, Internal> {
        let Prepared { settings, data, listener, console, runtimes, .. } = prepared;
        let key = data.root_key()?;
        let listener = asynchronous(listener)?;
        let console = console.map(asynchronous).transpose()?;
        let branches = Branches::default();
        let stores = open(&data)?;
        let engines = engines(&settings, &data, &key, &stores, &branches, spawner)?;
        let faces = faces(&settings, &data, &stores, &engines, &branches, runtimes)?;
        let Faces { services, lambda, s3, sqs, sns, admin } = faces;
        engines.gateway.open(services);
        let targets = vec![lambda.target(), s3, sqs.target(), sns.target()];
        engines.delivery.start(targets, vec![sqs.source()]).await?;
        sqs.start().await?;
        lambda.start().await?;
        let reach = reach(&listener, console.as_ref(), &settings, key)?;
        gateway::listen(&engines.gateway, listener, &branches.doors);
        if let Some(console) = console {
            let page = Console::new(admin, AccountId::default_account(), settings.region.clone());
            console::serve(console, page, &branches.doors);
        }
        data.announce(&reach)?;
        Ok(Self { data, reach, dispatch: engines.dispatch, branches })
    }

    /// How clients find it.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Takes nothing new, lets what runs come to its end for a while, and writes everything down.
    pub async fn stop(self) {
        let Self { data, dispatch, branches, .. } = self;
        data.withdraw();
        let calls_end = async {
            branches.doors.stop().await;
            branches.delivery.stop().await;
        };
        if tokio::time::timeout(DRAIN, calls_end).await.is_err() {
            tracing::warn!("calls that still run are cut off; their events stay pending");
        }
        dispatch.stop().await;
        for branch in [&branches.dispatch, &branches.inside, &branches.books] {
            if tokio::time::timeout(DRAIN, branch.stop()).await.is_err() {
                tracing::warn!("a part of the platform did not come to its end");
            }
        }
    }
}

fn asynchronous(listener: std::net::TcpListener) -> Result<TcpListener, Internal> {
    TcpListener::from_std(listener).map_err(Internal::because("listening"))
}

fn open(data: &DataDirectory) -> Result<Stores, Internal> {
    Ok(Stores {
        table: Arc::new(SqliteTable::open(&private(data, "store")?.join("dayfly.db"))?),
        objects: Arc::new(LocalBlobs::open(&private(data, "objects")?)?),
        code: Arc::new(LocalBlobs::open(&private(data, "code")?)?),
    })
}

/// A directory that nobody else can look into.
fn private(data: &DataDirectory, name: &str) -> Result<PathBuf, Internal> {
    let path = data.path(name);
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
    made.map_err(Internal::because("preparing the data directory"))?;
    Ok(path)
}

fn engines(
    settings: &Settings,
    data: &DataDirectory,
    key: &RootKey,
    stores: &Stores,
    branches: &Branches,
    spawner: Spawner,
) -> Result<Engines, Internal> {
    let (clock, table) = (Clock::system(), &stores.table);
    let iam = Iam::new(table.clone(), clock.clone(), root_keys(settings, key));
    let telemetry = Telemetry::new(Logs::new(table.clone(), clock.clone(), Dice::system()), &branches.books);
    let ledger = Ledger::new(table.clone(), &branches.books);
    let door = gateway::Settings { domains: settings.domains.clone(), region: settings.region.clone() };
    let gateway = Gateway::new(door, iam.clone(), clock.clone(), branches.inside.clone());
    let surroundings = Surroundings {
        issuer: Arc::new(iam.clone()),
        output: Arc::new(telemetry.clone()),
        platform: Arc::new(gateway.clone()),
        clock: clock.clone(),
        tasks: branches.inside.clone(),
        templates: settings.templates,
        resolvers: settings.resolvers.clone(),
    };
    let no_egress = spawner.no_egress().map(str::to_owned);
    let no_lists = spawner.no_lists().map(str::to_owned);
    let sandboxes = Arc::new(LinuxEngine::new(spawner, surroundings, data.root().to_owned())?);
    let engine = Arc::new(EveryEngine { sandboxes, modules: modules(&telemetry, &clock) });
    let dispatch = Dispatch::new(settings.dispatch.clone(), clock.clone(), branches.dispatch.clone(), engine);
    let terms =
        delivery::Settings { retry_after: settings.retry_after.clone(), retention: settings.timelines };
    let delivery = Delivery::new(terms, table.clone(), clock, Dice::system(), branches.delivery.clone());
    Ok(Engines { iam, telemetry, ledger, delivery, dispatch, gateway, no_egress, no_lists })
}

#[cfg(feature = "wasm")]
fn modules(telemetry: &Telemetry, clock: &Clock) -> Option<Arc<dyn Engine>> {
    let surroundings =
        sandbox_wasm::Surroundings { output: Arc::new(telemetry.clone()), clock: clock.clone() };
    Some(Arc::new(sandbox_wasm::WasmEngine::new(surroundings)))
}

#[cfg(not(feature = "wasm"))]
fn modules(_: &Telemetry, _: &Clock) -> Option<Arc<dyn Engine>> {
    None
}

/// The directory's own key is of the default account; others are of the accounts that were named with them.
fn root_keys(settings: &Settings, own: &RootKey) -> Vec<iam::RootKey> {
    let own = iam::RootKey {
        id: own.access_key_id.clone(),
        secret: own.secret_access_key.clone(),
        account: AccountId::default_account(),
    };
    let named = settings.access_keys.iter().map(|key| iam::RootKey {
        id: key.id.clone(),
        secret: key.secret.clone(),
        account: key.account.clone(),
    });
    std::iter::once(own).chain(named).collect()
}

struct Faces {
    services: Vec<Arc<dyn Service>>,
    lambda: Lambda,
    s3: Arc<S3>,
    sqs: Sqs,
    sns: Sns,
    admin: admin::Admin,
}

fn faces(
    settings: &Settings,
    data: &DataDirectory,
    stores: &Stores,
    engines: &Engines,
    branches: &Branches,
    runtimes: Runtimes,
) -> Result<Faces, Internal> {
    let Engines { iam, telemetry, ledger, delivery, dispatch, .. } = engines;
    let (clock, table) = (Clock::system(), &stores.table);
    let s3 = Arc::new(S3::new(table.clone(), stores.objects.clone(), clock.clone(), delivery.clone()));
    s3.start(&branches.books);
    let (sqs, sns) = (queues(stores, engines, branches), topics(settings, stores, engines));
    let registry = Arc::new(Registry::new(table.clone()));
    let lambda = Lambda::new(aws_lambda::Parts {
        registry: registry.clone(),
        packages: Arc::new(Packages::open(stores.code.clone(), data.path("packages"))?),
        dispatch: dispatch.clone(),
        delivery: delivery.clone(),
        ledger: ledger.clone(),
        roles: Arc::new(RolesOf { iam: iam.clone(), clock: clock.clone() }),
        buckets: Arc::new(CodeIn(s3.clone())),
        runtimes: Arc::new(Catalog { runtimes, nearest: settings.nearest_runtime }),
        no_egress: engines.no_egress.clone(),
        no_lists: engines.no_lists.clone(),
        domains: settings.domains.clone(),
        table: table.clone(),
        clock: clock.clone(),
        dice: Dice::system(),
        tasks: branches.books.clone(),
    });
    let admin = admin::Admin {
        about: admin::About {
            version: env!("CARGO_PKG_VERSION"),
            started: clock.now(),
            is_dev: settings.dev,
        },
        delivery: delivery.clone(),
        ledger: ledger.clone(),
        prices: Arc::new(settings.prices.clone()),
        dispatch: dispatch.clone(),
        registry,
        clock: clock.clone(),
        tasks: branches.doors.clone(),
        outbox: Arc::new(OutboxOf(sns.clone())),
        // What starts work goes first, what keeps account of it last.
        wipes: Arc::new([
            Arc::new(WipeBuckets(s3.clone())),
            Arc::new(WipeFunctions(lambda.clone())),
            Arc::new(WipeTopics(sns.clone())),
            Arc::new(WipeQueues(sqs.clone())),
            Arc::new(delivery.clone()),
            Arc::new(WipeRoles(iam.clone())),
            Arc::new(telemetry.clone()),
            Arc::new(ledger.clone()),
        ]),
    };
    // S3 comes last: what nobody else knows by its head is a path of S3.
    let services: Vec<Arc<dyn Service>> = vec![
        Arc::new(lambda.service()),
        Arc::new(aws_iam::iam(iam.clone(), clock.clone())),
        Arc::new(aws_iam::sts(iam.clone())),
        Arc::new(aws_logs::service(telemetry.logs().clone())),
        Arc::new(sqs.service()),
        Arc::new(sns.service()),
        Arc::new(admin::service(admin.clone())),
        s3.clone(),
    ];
    Ok(Faces { services, lambda, s3, sqs, sns, admin })
}

fn queues(stores: &Stores, engines: &Engines, branches: &Branches) -> Sqs {
    let clock = Clock::system();
    Sqs::new(aws_sqs::Parts {
        table: stores.table.clone(),
        delivery: engines.delivery.clone(),
        rights: Arc::new(RightsOf(RolesOf { iam: engines.iam.clone(), clock: clock.clone() })),
        clock,
        dice: Dice::system(),
        reach: aws_sqs::Reach::default(),
        doors: branches.doors.clone(),
        tasks: branches.books.clone(),
    })
}

fn topics(settings: &Settings, stores: &Stores, engines: &Engines) -> Sns {
    let clock = Clock::system();
    Sns::new(aws_sns::Parts {
        table: stores.table.clone(),
        delivery: engines.delivery.clone(),
        rights: Arc::new(RightsOf(RolesOf { iam: engines.iam.clone(), clock: clock.clone() })),
        clock,
        private_posts: settings.private_posts,
    })
}

fn reach(
    listener: &TcpListener,
    console: Option<&TcpListener>,
    settings: &Settings,
    key: RootKey,
) -> Result<Reach, Internal> {
    let address = |listener: &TcpListener| {
        let address = listener.local_addr().map_err(Internal::because("listening"))?;
        // Everywhere is nowhere to go to.
        let shown = if address.ip().is_unspecified() {
            format!("http://127.0.0.1:{}", address.port())
        } else {
            format!("http://{address}")
        };
        Ok::<_, Internal>(shown)
    };
    Ok(Reach {
        endpoint: address(listener)?,
        console: console.map(address).transpose()?,
        region: settings.region.as_str().to_owned(),
        pid: std::process::id(),
        key,
    })
}
