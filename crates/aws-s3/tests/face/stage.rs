//! An object store with nothing around it, and scripts of requests for it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_s3::S3;
use delivery::{Attempt, Delivered, Delivery, Deposit, Event, NewEvent, Settings, SourceOf, Target};
use expect_test::ExpectFile;
use http::{HeaderName, HeaderValue};
use model::{AccountId, Arn, Caller, EventId, Failure, Internal, Permission, Region, RequestId, Time};
use service::{Authority, Call, Service};
use store::{MemoryTable, Table};
use store_local::LocalBlobs;
use tasks::{Clock, Dice, Tasks};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Monday, 23 November 2026, 15:33:20.
pub const NOW: i64 = 1_795_448_000_000;

/// Allows everything and remembers what was asked.
#[derive(Default)]
struct Anything(Mutex<Vec<Permission>>);

#[async_trait]
impl Authority for Anything {
    async fn allow(&self, _: &Call, permission: &Permission) -> Result<(), Failure> {
        self.0.lock().unwrap().push(permission.clone());
        Ok(())
    }
}

/// Takes every event; there is no function or queue whose name has `missing` in it.
struct Takers {
    service: &'static str,
    events: UnboundedSender<String>,
}

#[async_trait]
impl Target for Takers {
    fn service(&self) -> &'static str {
        self.service
    }

    async fn may_receive(&self, target: &Arn, _: &SourceOf) -> Result<bool, Internal> {
        Ok(!target.resource.contains("missing"))
    }

    async fn deliver(&self, _: &Event, attempt: Attempt) -> Delivered {
        let _ = self.events.send(String::from_utf8_lossy(&attempt.payload).into_owned());
        Delivered::Taken { settle: store::Transaction::new(), answer: Default::default() }
    }
}

pub struct Stage {
    s3: Arc<S3>,
    pub delivery: Delivery,
    pub table: Arc<MemoryTable>,
    pub clock: Clock,
    authority: Arc<Anything>,
    events: UnboundedReceiver<String>,
    _folder: tempfile::TempDir,
}

/// An answer as it went out.
pub struct Answer {
    pub status: u16,
    /// Those that tell something, each in a line.
    pub headers: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let line = self.headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_default()
    }

    /// `404 NoSuchKey: words`, or the status alone.
    pub fn fault(&self) -> String {
        match (within(&self.body, "Code"), within(&self.body, "Message")) {
            (Some(code), Some(message)) => format!("{} {code}: {message}", self.status),
            _ => self.status.to_string(),
        }
    }
}

impl Stage {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Time::from_millis(NOW));
        let table = Arc::new(MemoryTable::new());
        let blobs = Arc::new(LocalBlobs::open(folder.path()).unwrap());
        let delivery =
            Delivery::new(Settings::default(), table.clone(), clock.clone(), Dice::seeded(1), Tasks::new());
        let (sender, events) = unbounded_channel();
        let takers = |service| -> Arc<dyn Target> { Arc::new(Takers { service, events: sender.clone() }) };
        let s3 = Arc::new(S3::new(table.clone(), blobs, clock.clone(), delivery.clone()));
        delivery.start(vec![takers("lambda"), takers("sqs"), s3.clone()], Vec::new()).await.unwrap();
        Self { s3, delivery, table, clock, authority: Arc::default(), events, _folder: folder }
    }

    /// One with a bucket, `b`.
    pub async fn with_bucket() -> Self {
        let stage = Self::new().await;
        assert_eq!(stage.ask("PUT /bkt").await.status, 200);
        stage
    }

    /// What was asked for since the last time, each as `action resource`.
    pub fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.authority.0.lock().unwrap());
        asked.iter().map(|permission| format!("{} {}", permission.action, permission.resource)).collect()
    }

    /// Something for a bucket, as another service sends it.
    pub async fn send(&self, bucket: &str, deposit: &Deposit) -> EventId {
        let (target, payload) = (Arn::new("s3", "", "", bucket), deposit.pack().unwrap());
        let account = AccountId::default_account();
        let event = NewEvent::new(account, Region::default(), "lambda", target, payload);
        let (id, rows) = self.delivery.accept(event).unwrap();
        self.table.commit(rows).await.unwrap();
        id
    }

    pub async fn event_when_over(&self, id: EventId) -> Event {
        let watch = self.delivery.watch();
        loop {
            let event = self.delivery.event(id).await.unwrap().unwrap();
            if event.due().is_none() {
                return event;
            }
            watch.changed().await;
        }
    }

    pub async fn event(&mut self) -> serde_json::Value {
        serde_json::from_str(&self.events.recv().await.unwrap()).unwrap()
    }

    /// Asks as the root of the default account: `METHOD /path`, then headers each after ` | `, the body after ` || `.
    pub async fn ask(&self, line: &str) -> Answer {
        let (head, body) = line.split_once(" || ").unwrap_or((line, ""));
        self.ask_with(head, body.as_bytes()).await
    }

    pub async fn ask_with(&self, head: &str, body: &[u8]) -> Answer {
        self.ask_as(Caller::root(AccountId::default_account()), "us-east-1", head, body).await
    }

    pub async fn ask_as(&self, caller: Caller, region: &str, head: &str, body: &[u8]) -> Answer {
        let response = self.open(caller, region, head, body).await;
        let mut headers: Vec<String> = response.headers().iter().map(told).collect();
        headers.retain(|header| !ALWAYS.iter().any(|name| header.starts_with(name)));
        headers.sort();
        let status = response.status().as_u16();
        let body = wire::collect(response.into_body(), 1 << 26).await.unwrap().unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status, headers: headers.into_iter().map(|line| line + "\n").collect(), body }
    }

    /// An answer whose body is not read yet.
    pub async fn open(&self, caller: Caller, region: &str, head: &str, body: &[u8]) -> wire::Response {
        let mut parts = head.split(" | ");
        let (method, target) = parts.next().unwrap().split_once(' ').unwrap();
        let mut request = http::Request::builder().method(method).uri(target);
        let headers = request.headers_mut().unwrap();
        headers.insert("content-length", body.len().into());
        for header in parts {
            let (name, value) = header.split_once(": ").unwrap();
            headers.insert(
                name.parse::<HeaderName>().unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        let request = request.body(wire::body_of(body.to_vec())).unwrap();
        let call = Call {
            request_id: RequestId::from_bytes([7; 16]),
            caller,
            region: Region::new(region),
            time: self.clock.now(),
            cause: None,
            source: None,
            origin: "http://127.0.0.1:4566".to_owned(),
            user_agent: "test".to_owned(),
            authority: self.authority.clone(),
        };
        self.s3.handle(call, request).await
    }
}

/// What every answer has.
const ALWAYS: [&str; 3] = ["x-amz-request-id", "x-amz-id-2", "server"];

fn told((name, value): (&HeaderName, &HeaderValue)) -> String {
    format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))
}

/// Plays a script of requests, and compares the whole of their answers with what is recorded.
pub async fn play(stage: &Stage, script: &[&str], expected: ExpectFile) {
    let mut told = String::new();
    for line in script {
        let answer = stage.ask(line).await;
        told += &format!("> {line}\n{}\n{}", answer.status, answer.headers);
        if !answer.body.is_empty() {
            told += &(readable(&answer.body) + "\n");
        }
    }
    expected.assert_eq(&told);
}

/// Each element on its own line, without what is the same everywhere.
pub fn readable(xml: &str) -> String {
    let xml = xml.replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "");
    let xml = xml.replace(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"", " xmlns=\"…\"");
    let xml = match xml.find("<RequestId>") {
        Some(ids) => format!("{}</Error>", &xml[..ids]),
        None => xml,
    };
    let xml = within(&xml, "ID").map_or(xml.clone(), |id| xml.replace(&id, "OWNER"));
    let mut lines: Vec<String> = Vec::new();
    for line in xml.replace("><", ">\n<").lines() {
        match lines.last_mut() {
            Some(last) if line.strip_prefix("</") == last.strip_prefix('<') => last.push_str(line),
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

/// The text of the first element of this name.
pub fn within(xml: &str, element: &str) -> Option<String> {
    let (_, after) = xml.split_once(&format!("<{element}>"))?;
    let (text, _) = after.split_once(&format!("</{element}>"))?;
    Some(text.to_owned())
}
