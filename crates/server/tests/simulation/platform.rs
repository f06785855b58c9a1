//! The faces of queues and topics with the delivery between them, over any table; and what all of it begins with.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use delivery::{Delivery, Mapping};
use http_body_util::BodyExt;
use model::{AccountId, Arn, Caller, Failure, Internal, Permission, Region, RequestId, Time};
use serde_json::{Value, json};
use service::{Authority, Call, Service};
use store::{Key, MemoryTable, Table, Transaction};
use tasks::{Clock, Dice, Tasks};

use crate::Stage;
use crate::function::Function;

/// How long a message is in the hands of whoever was given it.
pub const HIDDEN_FOR: Duration = Duration::from_secs(30);

/// How often a message is received before it is a dead letter.
pub const RECEIVES: u64 = 3;

/// Queues with a dead-letter queue: worked on by a mapping, by a client, and by a mapping in order.
pub const QUEUES: [&str; 3] = ["work", "letters", "steps.fifo"];

/// Where end: what was received too often, what a topic could not send, what a function could not handle.
pub const ENDS: [&str; 4] = ["work-dead", "letters-dead", "steps-dead.fifo", "undelivered"];

pub fn arn(service: &str, resource: &str) -> Arn {
    Arn::new(service, "us-east-1", "000000000000", resource)
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// Everybody may do everything, but nobody sends to the queue `closed`.
struct Rights;

#[async_trait]
impl aws_sqs::Rights for Rights {
    async fn allows(&self, _: &Caller, permission: &Permission) -> Result<bool, Internal> {
        Ok(!permission.resource.ends_with(":closed"))
    }
}

#[async_trait]
impl aws_sns::Rights for Rights {
    async fn allows(&self, _: &Caller, _: &Permission) -> Result<bool, Internal> {
        Ok(true)
    }
}

#[async_trait]
impl Authority for Rights {
    async fn allow(&self, _: &Call, _: &Permission) -> Result<(), Failure> {
        Ok(())
    }
}

pub struct Platform {
    pub delivery: Delivery,
    pub table: Arc<dyn Table>,
    /// Clients are, too.
    pub moody: bool,
    clock: Clock,
    sqs: Box<dyn Service>,
    sns: Box<dyn Service>,
    /// They take as long as these stand.
    _pollers: Vec<delivery::Poller>,
}

impl Platform {
    pub async fn start(stage: &Stage, table: Arc<dyn Table>, moody: bool) -> Arc<Self> {
        let (clock, tasks) = (stage.clock.clone(), Tasks::new());
        let dice = || Dice::seeded(stage.dice.next());
        let delivery = Delivery::new(Default::default(), table.clone(), clock.clone(), dice(), tasks.clone());
        let sqs = aws_sqs::Sqs::new(aws_sqs::Parts {
            table: table.clone(),
            delivery: delivery.clone(),
            rights: Arc::new(Rights),
            clock: clock.clone(),
            dice: dice(),
            // Small, so that queues are read on in the midst of everything.
            reach: aws_sqs::Reach { known: 2, part: 2, most: 6 },
            doors: tasks.clone(),
            tasks: tasks.clone(),
        });
        let sns = aws_sns::Sns::new(aws_sns::Parts {
            table: table.clone(),
            delivery: delivery.clone(),
            rights: Arc::new(Rights),
            clock: clock.clone(),
            private_posts: false,
        });
        let function = Arc::new(Function { stage: stage.clone(), delivery: delivery.clone(), moody });
        let targets = vec![function, sqs.target(), sns.target()];
        delivery.start(targets, vec![sqs.source()]).await.unwrap();
        sqs.start().await.unwrap();
        let pollers = [mapping("work", 4), mapping("steps.fifo", 3)];
        let pollers = pollers.map(|mapping| delivery.map(mapping)).into();
        let (sqs, sns) = (Box::new(sqs.service()), Box::new(sns.service()));
        Arc::new(Self { delivery, table, moody, clock, sqs, sns, _pollers: pollers })
    }

    /// An operation of SQS.
    pub async fn sqs(&self, operation: &str, members: Value) -> Value {
        let request = http::Request::builder()
            .method("POST")
            .uri("/")
            .header("x-amz-target", format!("AmazonSQS.{operation}"))
            .body(wire::body_of(members.to_string()))
            .unwrap();
        let (status, body) = self.ask(&*self.sqs, request).await;
        assert!(status == 200 || is_late(&body), "{operation}: {body}");
        serde_json::from_str(&body).unwrap_or_default()
    }

    /// An operation of SNS; gives the text of its answer.
    pub async fn sns(&self, operation: &str, members: &[(&str, &str)]) -> String {
        let mut form = format!("Action={operation}&Version=2010-03-31");
        for (name, value) in members {
            form.push_str(&format!("&{name}={value}"));
        }
        let request = http::Request::builder()
            .method("POST")
            .uri("/")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(wire::body_of(form))
            .unwrap();
        let (status, body) = self.ask(&*self.sns, request).await;
        assert_eq!(status, 200, "{operation}: {body}");
        body
    }

    async fn ask(&self, service: &dyn Service, request: wire::Request) -> (u16, String) {
        let call = Call {
            request_id: RequestId::random(),
            caller: Caller::root(AccountId::default_account()),
            region: Region::default(),
            time: self.clock.now(),
            cause: None,
            source: None,
            origin: "http://127.0.0.1:4566".to_owned(),
            user_agent: String::new(),
            authority: Arc::new(Rights),
        };
        let response = service.handle(call, request).await;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Whoever comes too late with a receipt handle is told so.
fn is_late(body: &str) -> bool {
    body.contains("MessageNotInflight") || body.contains("expired") || body.contains("InvalidParameterValue")
}

fn mapping(queue: &str, items: usize) -> Mapping {
    Mapping {
        account: AccountId::default_account(),
        region: Region::default(),
        source: arn("sqs", queue),
        target: arn("lambda", &format!("function:on-{}", queue.trim_end_matches(".fifo"))),
        items,
        window: Duration::ZERO,
        filter: None,
        partial: true,
        first: 5,
        most: 1_000,
    }
}

/// What a world begins with: made once, as a key that signs takes its time.
pub fn prepared() -> MemoryTable {
    static ROWS: OnceLock<Vec<(Key, Bytes)>> = OnceLock::new();
    let rows = ROWS.get_or_init(|| runtime().block_on(prepare()));
    let copy = rows.iter().fold(Transaction::new(), |all, (key, value)| all.put(key.clone(), value.clone()));
    let table = MemoryTable::new();
    runtime().block_on(table.commit(copy)).unwrap();
    table
}

async fn prepare() -> Vec<(Key, Bytes)> {
    let table = MemoryTable::new();
    let clock = Clock::manual(Time::from_millis(1_789_999_000_000));
    let dice = Arc::new(Dice::seeded(0));
    let stage = Stage { table: table.clone(), clock, dice, world: Arc::default(), faults: Arc::default() };
    let platform = Platform::start(&stage, Arc::new(table.clone()), false).await;
    for name in ENDS.into_iter().chain(["closed"]) {
        platform.make_queue(name, None).await;
    }
    for name in QUEUES {
        let (plain, fifo) = name.strip_suffix(".fifo").map_or((name, ""), |plain| (plain, ".fifo"));
        platform.make_queue(name, Some(format!("{plain}-dead{fifo}"))).await;
    }
    platform.make_topics().await;
    // The key that signs is made with the first message.
    platform.sns("Publish", &[("TopicArn", &arn("sns", "nobody").to_string()), ("Message", "x")]).await;
    while platform.delivery.recent(&AccountId::default_account(), None, 9).await.unwrap().0[0].due().is_some()
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    platform.delivery.wipe(&AccountId::default_account()).await.unwrap();
    let rows = table.range(&Key::new(), None, usize::MAX).await.unwrap();
    rows.into_iter().map(|entry| (entry.key, entry.row.value)).collect()
}

impl Platform {
    async fn make_queue(&self, name: &str, dead: Option<String>) {
        let mut attributes = json!({ "VisibilityTimeout": HIDDEN_FOR.as_secs().to_string() });
        if name.ends_with(".fifo") {
            attributes["FifoQueue"] = json!("true");
        }
        if let Some(dead) = dead {
            let redrive = json!({ "deadLetterTargetArn": arn("sqs", &dead), "maxReceiveCount": RECEIVES });
            attributes["RedrivePolicy"] = json!(redrive.to_string());
        }
        self.sqs("CreateQueue", json!({ "QueueName": name, "Attributes": attributes })).await;
    }

    async fn make_topics(&self) {
        self.sns("CreateTopic", &[("Name", "nobody")]).await;
        self.sns("CreateTopic", &[("Name", "news")]).await;
        let fifo = [("Attributes.entry.1.key", "FifoTopic"), ("Attributes.entry.1.value", "true")];
        self.sns("CreateTopic", &[&[("Name", "steps.fifo")], &fifo[..]].concat()).await;
        let raw = [("Attributes.entry.1.key", "RawMessageDelivery"), ("Attributes.entry.1.value", "true")];
        let to_undelivered = json!({ "deadLetterTargetArn": arn("sqs", "undelivered") }).to_string();
        let buried = [
            ("Attributes.entry.1.key", "RedrivePolicy"),
            ("Attributes.entry.1.value", to_undelivered.as_str()),
            ("Attributes.entry.2.key", "RawMessageDelivery"),
            ("Attributes.entry.2.value", "true"),
        ];
        let subscriptions = [
            ("news", "sqs", "work", &raw[..]),
            ("news", "sqs", "letters", &[]),
            ("news", "sqs", "closed", &buried),
            ("news", "lambda", "function:on-news", &[]),
            ("steps.fifo", "sqs", "steps.fifo", &raw),
        ];
        for (topic, protocol, endpoint, attributes) in subscriptions {
            let (topic, endpoint) = (arn("sns", topic).to_string(), arn(protocol, endpoint).to_string());
            let members =
                [("TopicArn", topic.as_str()), ("Protocol", protocol), ("Endpoint", endpoint.as_str())];
            self.sns("Subscribe", &[&members, attributes].concat()).await;
        }
    }
}
