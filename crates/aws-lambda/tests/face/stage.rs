//! A face with everything around it, and a client.

use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_lambda::{CodeBucket, Lambda, Parts, Roles, RuntimeCatalog};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use delivery::Delivery;
use dispatch::Dispatch;
use http::HeaderMap;
use http_body_util::BodyExt;
use metering::{Ledger, Used};
use model::{
    AccountId, Arn, Caller, Cause, Failure, Fault, Identity, Internal, Permission, Region, RequestId, Time,
};
use registry::{Packages, Registry};
use sandbox::{Contract, Runtime};
use serde_json::{Value, json};
use service::{Authority, Call, Service};
use store::{CommitError, Entry, Key, MemoryTable, Revision, Row, Table, Transaction, Watch};
use store_local::LocalBlobs;
use tasks::{Clock, Dice, Tasks};

use crate::play::Play;

pub const ROLE: &str = "arn:aws:iam::000000000000:role/r";
pub const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

pub struct Stage {
    pub table: Arc<Counted>,
    pub clock: Clock,
    pub tasks: Tasks,
    pub delivery: Delivery,
    pub ledger: Ledger,
    pub play: Play,
    pub registry: Arc<Registry>,
    pub lambda: Lambda,
    pub asked: Arc<Mutex<Vec<Permission>>>,
    pub folder: tempfile::TempDir,
    service: Box<dyn Service>,
}

/// A table that counts how often it is read.
#[derive(Default)]
pub struct Counted {
    table: MemoryTable,
    pub reads: AtomicUsize,
}

#[async_trait]
impl Table for Counted {
    async fn get(&self, key: &Key) -> Result<Option<Row>, Internal> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.table.get(key).await
    }

    async fn range(&self, prefix: &Key, after: Option<&Key>, limit: usize) -> Result<Vec<Entry>, Internal> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.table.range(prefix, after, limit).await
    }

    async fn commit(&self, transaction: Transaction) -> Result<Revision, CommitError> {
        self.table.commit(transaction).await
    }

    fn watch(&self, prefix: Key) -> Watch {
        self.table.watch(prefix)
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// `409 ResourceConflictException: words`, for faults.
    pub fn fault(&self) -> String {
        let message = self.json()["message"].as_str().unwrap_or_default().to_owned();
        format!("{} {}: {message}", self.status, self.header("x-amzn-errortype"))
    }
}

/// Allows, and remembers what it was asked for.
struct Yes(Arc<Mutex<Vec<Permission>>>);

#[async_trait]
impl Authority for Yes {
    async fn allow(&self, _: &Call, permission: &Permission) -> Result<(), Failure> {
        self.0.lock().unwrap().push(permission.clone());
        Ok(())
    }
}

/// Roles named `stranger` cannot be assumed; a policy allows when it holds the service and the source.
struct Rights;

#[async_trait]
impl Roles for Rights {
    async fn service_may_assume(&self, role: &Arn, service: &str) -> Result<bool, Internal> {
        Ok(role.resource != "role/stranger" && service == "lambda.amazonaws.com")
    }

    async fn role_allows(&self, role: &Arn, _: &Permission) -> Result<bool, Internal> {
        Ok(role.resource != "role/powerless")
    }

    async fn policy_allows(&self, caller: &Caller, permission: &Permission) -> Result<bool, Internal> {
        let Identity::Service { name } = &caller.identity else { return Ok(false) };
        let policy = permission.resource_policy.as_deref().unwrap_or_default();
        let source = permission.context.iter().find(|(key, _)| key == "aws:SourceArn");
        Ok(policy.contains(name) && source.is_some_and(|(_, arn)| policy.contains(arn)))
    }
}

/// One bucket, `code`, with one key, `a.zip`.
struct Buckets;

#[async_trait]
impl CodeBucket for Buckets {
    async fn fetch(
        &self,
        _: &Call,
        bucket: &str,
        key: &str,
        _: Option<&str>,
        _: u64,
    ) -> Result<Bytes, Failure> {
        match (bucket, key) {
            ("code", "a.zip") => Ok(zip_of("from a bucket").into()),
            ("secret", _) => Err(Fault::new("AccessDenied", 403, "Access Denied").into()),
            _ => Err(Fault::new("NoSuchKey", 404, "The specified key does not exist.").into()),
        }
    }
}

/// Python 3.12; 3.13 stands in as that; no Java.
struct Catalog;

impl RuntimeCatalog for Catalog {
    fn get(&self, name: &str) -> Result<(Arc<Runtime>, Option<String>), String> {
        let runtime = Runtime {
            name: "python3.12".to_owned(),
            command: vec![],
            roots: vec![],
            environment: vec![],
            contract: Contract::PullFramed,
            guest: None,
            template: Vec::new(),
            found_version: "3.12.1".to_owned(),
        };
        match name {
            "python3.12" => Ok((Arc::new(runtime), None)),
            "python3.13" => Ok((Arc::new(runtime), Some("python3.12 stands in.".to_owned()))),
            _ => Err(format!("This machine has no runtime {name}.")),
        }
    }
}

pub fn zip_of(code: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("app.py", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(code.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

pub fn base64_of(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

impl Stage {
    pub async fn new() -> Self {
        Self::new_where(None, None).await
    }

    /// On a machine that gives functions no way out for the first reason, and none to a list of places for the second.
    pub async fn new_where(no_egress: Option<&str>, no_lists: Option<&str>) -> Self {
        let reasons = (no_egress.map(str::to_owned), no_lists.map(str::to_owned));
        let stage = Self::over_where(Arc::default(), tempfile::tempdir().unwrap(), reasons);
        stage.lambda.start().await.unwrap();
        stage.delivery.start(vec![stage.lambda.target()], Vec::new()).await.unwrap();
        stage
    }

    /// Nothing is started yet: what is in the table is what an earlier process left.
    pub fn over(table: Arc<Counted>, folder: tempfile::TempDir) -> Self {
        Self::over_where(table, folder, (None, None))
    }

    fn over_where(
        table: Arc<Counted>,
        folder: tempfile::TempDir,
        (no_egress, no_lists): (Option<String>, Option<String>),
    ) -> Self {
        let (clock, tasks, play) =
            (Clock::manual(Time::from_millis(1_790_000_000_000)), Tasks::new(), Play::new());
        let blobs = Arc::new(LocalBlobs::open(&folder.path().join("blobs")).unwrap());
        let registry = Arc::new(Registry::new(table.clone()));
        let delivery =
            Delivery::new(Default::default(), table.clone(), clock.clone(), Dice::seeded(1), tasks.clone());
        let ledger = Ledger::new(table.clone(), &tasks);
        let settings = dispatch::Settings { account_concurrency: 2, ..Default::default() };
        let lambda = Lambda::new(Parts {
            table: table.clone(),
            registry: registry.clone(),
            packages: Arc::new(Packages::open(blobs, folder.path().join("packages")).unwrap()),
            dispatch: Dispatch::new(settings, clock.clone(), tasks.clone(), Arc::new(play.clone())),
            delivery: delivery.clone(),
            ledger: ledger.clone(),
            roles: Arc::new(Rights),
            buckets: Arc::new(Buckets),
            runtimes: Arc::new(Catalog),
            no_egress,
            no_lists,
            domains: vec!["localhost".to_owned()],
            clock: clock.clone(),
            dice: Dice::seeded(2),
            tasks: tasks.clone(),
        });
        let service = Box::new(lambda.service());
        let asked = Arc::default();
        Self { table, clock, tasks, delivery, ledger, play, registry, lambda, asked, folder, service }
    }

    pub async fn send(&self, request: http::Request<Bytes>, cause: Option<Cause>) -> Answer {
        let call = Call {
            request_id: RequestId::random(),
            caller: Caller::root(AccountId::default_account()),
            region: Region::default(),
            time: self.clock.now(),
            cause,
            source: None,
            origin: "http://127.0.0.1:4566".to_owned(),
            user_agent: String::new(),
            authority: Arc::new(Yes(self.asked.clone())),
        };
        let response = self.service.handle(call, request.map(wire::body_of)).await;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: head.status.as_u16(), headers: head.headers, bytes }
    }

    pub async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let request = http::Request::builder().method(method).uri(path).body(body).unwrap();
        self.send(request, None).await
    }

    /// Below `/2015-03-31/functions`.
    pub async fn function(&self, method: &str, path: &str, body: Value) -> Answer {
        self.ask(method, &format!("/2015-03-31/functions{path}"), body).await
    }

    pub async fn get(&self, path: &str) -> Value {
        self.function("GET", path, Value::Null).await.json()
    }

    /// `f`, active.
    pub async fn make(&self) {
        assert_eq!(self.create(json!({})).await.status, 201);
        self.settled("f").await;
    }

    /// Asks for `f` with these members in the place of the usual ones.
    pub async fn create(&self, other: Value) -> Answer {
        let mut body = json!({
            "FunctionName": "f",
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "Role": ROLE,
            "Code": { "ZipFile": base64_of(zip_of("one")) },
        });
        for (name, value) in other.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.function("POST", "", body).await
    }

    /// Waits as clients' waiters do, and gives the function's configuration.
    pub async fn settled(&self, name: &str) -> Value {
        let watch = self.table.watch(Key::new().text("registry"));
        loop {
            let shown = self.get(&format!("/{name}/configuration")).await;
            if shown["State"] != "Pending" && shown["LastUpdateStatus"] != "InProgress" {
                return shown;
            }
            watch.changed().await;
        }
    }

    /// Waits until no code is suspected of being nobody's.
    pub async fn swept(&self) {
        let watch = self.table.watch(Key::new().text("registry").text("suspect"));
        while !self.registry.suspects().await.unwrap().is_empty() {
            watch.changed().await;
        }
    }

    pub async fn invoke(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.invoke_because(path, headers, body, None).await
    }

    pub async fn invoke_because(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
        cause: Option<Cause>,
    ) -> Answer {
        let (name, query) = path.split_once('?').unwrap_or((path, ""));
        let uri = format!("/2015-03-31/functions/{name}/invocations?{query}");
        let mut request = http::Request::builder().method("POST").uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Bytes::from(body.to_owned())).unwrap(), cause).await
    }

    /// Ends all work, then reads the ledger.
    pub async fn into_rows(self) -> Vec<Used> {
        self.tasks.stop().await;
        let mut rows = Vec::new();
        let account = AccountId::default_account();
        self.ledger.read(&account, Time::from_millis(0), |used| rows.push(used)).await.unwrap();
        rows
    }
}
