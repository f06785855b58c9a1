//! A platform whose functions are one target that takes, refuses or is busy, and a client that everything is allowed to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use admin::{About, Admin, Wipe};
use async_trait::async_trait;
use bytes::Bytes;
use delivery::{Attempt, Delivered, Delivery, Event, NewEvent, Settings, SourceOf, StepKind, Target};
use dispatch::Dispatch;
use metering::{Ledger, Outcome, Prices, Used};
use model::{
    AccountId, Arn, Caller, Cause, EventId, Failure, Internal, InvocationId, Permission, Region, RequestId,
    Time,
};
use registry::Registry;
use sandbox::{Engine, Instance, Launch, LaunchKey, Runtime, SlowStart, StartError, Work};
use serde_json::Value;
use service::{Authority, Call, Service};
use store::{MemoryTable, Table, Transaction};
use tasks::{Clock, Dice, Tasks};

pub const NOW: i64 = 1_795_448_000_000;

/// Takes what goes to `f`, refuses what goes to `g`, and is always too busy for others.
struct Functions;

#[async_trait]
impl Target for Functions {
    fn service(&self) -> &'static str {
        "lambda"
    }

    async fn may_receive(&self, _: &Arn, _: &SourceOf) -> Result<bool, Internal> {
        Ok(true)
    }

    async fn deliver(&self, event: &Event, _: Attempt) -> Delivered {
        match event.target.resource.as_str() {
            "function:f" => Delivered::Taken { settle: Transaction::new(), answer: Default::default() },
            "function:g" => Delivered::Refused { reason: "gone".to_owned() },
            _ => Delivered::TryLater { reason: "busy".to_owned() },
        }
    }
}

/// An engine that is always about to have an instance.
struct Starting;

#[async_trait]
impl Engine for Starting {
    async fn start(&self, _: Arc<Launch>) -> Result<Box<dyn Instance>, StartError> {
        std::future::pending().await
    }

    async fn prepare(&self, _: Arc<Launch>) {}

    fn forget(&self, _: &LaunchKey) {}

    fn slow_starts(&self) -> Vec<SlowStart> {
        vec![]
    }
}

#[derive(Default)]
pub struct Asked(pub Mutex<Vec<String>>);

#[async_trait]
impl Authority for Asked {
    async fn allow(&self, _: &Call, permission: &Permission) -> Result<(), Failure> {
        self.0.lock().unwrap().push(format!("{} {}", permission.action, permission.resource));
        Ok(())
    }
}

pub struct World {
    pub table: Arc<dyn Table>,
    pub clock: Clock,
    pub tasks: Tasks,
    pub admin: Admin,
    pub asked: Arc<Asked>,
}

pub fn account() -> AccountId {
    AccountId::default_account()
}

pub fn function(name: &str) -> Arn {
    Arn::new("lambda", "us-east-1", account().as_str(), format!("function:{name}"))
}

struct NoMail;

#[async_trait]
impl admin::Outbox for NoMail {
    async fn outbox(&self, _: &AccountId, _: usize) -> Result<Vec<admin::Outgoing>, Internal> {
        Ok(Vec::new())
    }
}

impl World {
    pub async fn new(is_dev: bool) -> Self {
        let (clock, tasks) = (Clock::manual(Time::from_millis(NOW)), Tasks::new());
        let table: Arc<dyn Table> = Arc::new(MemoryTable::new());
        let shared = || table.clone();
        let delivery =
            Delivery::new(Settings::default(), shared(), clock.clone(), Dice::seeded(1), tasks.child());
        delivery.start(vec![Arc::new(Functions)], Vec::new()).await.unwrap();
        let ledger = Ledger::new(shared(), &tasks);
        let wipes: [Arc<dyn Wipe>; 2] = [Arc::new(delivery.clone()), Arc::new(ledger.clone())];
        let dispatch = dispatch::Settings::default();
        let admin = Admin {
            about: About { version: "1.2.3", started: clock.now(), is_dev },
            delivery,
            ledger,
            prices: Arc::new(Prices::default()),
            dispatch: Dispatch::new(dispatch, clock.clone(), tasks.child(), Arc::new(Starting)),
            registry: Arc::new(Registry::new(shared())),
            clock: clock.clone(),
            tasks: tasks.child(),
            wipes: Arc::new(wipes),
            outbox: Arc::new(NoMail),
        };
        Self { table, clock, tasks, admin, asked: Arc::default() }
    }

    pub async fn send(&self, method: &str, path: &str) -> (u16, Value) {
        let call = Call {
            request_id: RequestId::random(),
            caller: Caller::root(account()),
            region: Region::default(),
            time: self.clock.now(),
            cause: None,
            source: None,
            origin: "http://localhost:4566".to_owned(),
            user_agent: String::new(),
            authority: self.asked.clone(),
        };
        let uri = format!("/_dayfly/v1/{path}");
        let request = http::Request::builder().method(method).uri(uri).body(wire::empty_body()).unwrap();
        let response = admin::service(self.admin.clone()).handle(call, request).await;
        let status = response.status().as_u16();
        let bytes = wire::collect(response.into_body(), usize::MAX).await.unwrap().unwrap();
        (status, if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() })
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.send("GET", path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Accepts an event for a function, and waits until it was tried.
    pub async fn event(&self, name: &str, subject: &str, cause: Option<Cause>) -> EventId {
        let new =
            NewEvent::new(account(), Region::default(), "s3", function(name), Bytes::from_static(b"{}"));
        let (id, accept) =
            self.admin.delivery.accept(NewEvent { cause, subject: subject.to_owned(), ..new }).unwrap();
        self.clock.advance(Duration::from_millis(1));
        let watch = self.admin.delivery.watch();
        self.table.commit(accept).await.unwrap();
        loop {
            let event = self.admin.delivery.event(id).await.unwrap().unwrap();
            match event.steps.last().map(|step| &step.kind) {
                Some(StepKind::Received | StepKind::Started { .. }) => watch.changed().await,
                _ => return id,
            }
        }
    }

    /// Keeps a row of an invocation of 100 ms.
    pub async fn used(&self, name: &str, invocation: InvocationId, caused_by: Option<InvocationId>) {
        let used = Used {
            account: account(),
            function: function(name),
            version: "$LATEST".to_owned(),
            invocation,
            event: None,
            caused_by,
            started: self.clock.now(),
            init_us: None,
            duration_us: 100_000,
            billed_ms: 100,
            memory_mib: 1_024,
            tmp_mib: 512,
            peak_memory_bytes: 5,
            cpu_us: 7,
            request_bytes: 1,
            response_bytes: 1,
            outcome: Outcome::Returned,
        };
        self.table.commit(Ledger::row(&used).unwrap()).await.unwrap();
    }

    /// Begins a call that stays with its instance for ever.
    pub fn run(&self, name: &str) {
        let launch = Arc::new(launch(name));
        let entered = self.admin.dispatch.enter(launch.key.clone());
        let invocation = InvocationId::random();
        let work = Work {
            invocation,
            payload: Bytes::new(),
            invoked_arn: String::new(),
            client_context: None,
            trace_id: String::new(),
            sink: None,
            cause: Cause {
                invocation,
                event: None,
                roots: vec![],
                function: function(name),
                chain: Vec::new(),
            },
        };
        self.tasks.wait("call", async move { drop(entered.run(launch, work).await) });
    }
}

fn launch(name: &str) -> Launch {
    Launch { function: function(name), account: account(), ..Launch::of(name, Runtime::default()) }
}
