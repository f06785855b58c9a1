//! Answers as AWS gives them: each question an operation with its members, and what it is answered.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sns::{Parts, Rights, Sns};
use delivery::Delivery;
use expect_test::expect_file;
use http_body_util::BodyExt;
use model::{AccountId, Caller, Failure, Internal, Permission, Region, RequestId, Time};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use service::{Authority, Call, Service};
use store::MemoryTable;
use tasks::{Clock, Dice, Tasks};

struct Everything;

#[async_trait]
impl Rights for Everything {
    async fn allows(&self, _: &Caller, _: &Permission) -> Result<bool, Internal> {
        Ok(true)
    }
}

#[async_trait]
impl Authority for Everything {
    async fn allow(&self, _: &Call, _: &Permission) -> Result<(), Failure> {
        Ok(())
    }
}

struct Stage(Box<dyn Service>);

impl Stage {
    fn new() -> Self {
        let (table, clock) =
            (Arc::new(MemoryTable::new()), Clock::manual(Time::from_millis(1_790_000_000_000)));
        let dice = Dice::seeded(1);
        let delivery = Delivery::new(Default::default(), table.clone(), clock.clone(), dice, Tasks::new());
        let rights = Arc::new(Everything);
        let sns = Sns::new(Parts { table, delivery, rights, clock, private_posts: false });
        Self(Box::new(sns.service()))
    }

    /// The result within the answer; of a fault `status code: message`. `members` are `Name=value` between `&`, not encoded.
    async fn ask(&self, operation: &str, members: &str) -> String {
        let mut form = format!("Action={operation}&Version=2010-03-31");
        for member in members.split('&').filter(|member| !member.is_empty()) {
            let (name, value) = member.split_once('=').unwrap();
            form.push_str(&format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        }
        let request = http::Request::builder()
            .method("POST")
            .uri("/")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(wire::body_of(form))
            .unwrap();
        let call = Call {
            request_id: RequestId::from_bytes([7; 16]),
            caller: Caller::root(AccountId::default_account()),
            region: Region::default(),
            time: Time::from_millis(1_790_000_000_000),
            cause: None,
            source: None,
            origin: "http://127.0.0.1:4566".to_owned(),
            user_agent: String::new(),
            authority: Arc::new(Everything),
        };
        let response = self.0.handle(call, request).await;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        let within = |name: &str| {
            let (_, after) = body.split_once(&format!("<{name}>"))?;
            Some(after.split_once(&format!("</{name}>"))?.0.to_owned())
        };
        if status != 200 {
            let told = |name| within(name).unwrap_or_default();
            return format!("{status} {}: {}", told("Code"), told("Message"));
        }
        without_ids(&within(&format!("{operation}Result")).unwrap_or_default())
    }
}

/// Ids are others each time.
fn without_ids(text: &str) -> String {
    let mut told = String::new();
    let mut rest = text;
    while let Some(place) = rest.find(|letter: char| letter.is_ascii_hexdigit()) {
        let id: String = rest[place..].chars().take(36).collect();
        let is_id = id.len() == 36
            && id.chars().enumerate().all(|(index, letter)| match index {
                8 | 13 | 18 | 23 => letter == '-',
                _ => letter.is_ascii_hexdigit(),
            });
        told.push_str(&rest[..place]);
        told.push_str(if is_id { "ID" } else { &rest[place..=place] });
        rest = &rest[place + if is_id { 36 } else { 1 }..];
    }
    told + rest
}

/// Plays the questions of a file, the lines that begin with `>`, and compares what they are answered with what stands there.
#[tokio::test]
async fn answers_are_those_of_aws() {
    let stage = Stage::new();
    let file = expect_file!["answers.txt"];
    let mut told = String::new();
    for line in file.data().lines() {
        let Some(asked) = line.strip_prefix("> ") else { continue };
        let (operation, members) = asked.split_once(' ').unwrap_or((asked, ""));
        let answer = stage.ask(operation, members).await;
        told.push_str(&format!("{line}\n{answer}\n\n"));
    }
    file.assert_eq(&told);
}
