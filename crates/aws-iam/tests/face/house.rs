//! A platform with nothing but identities, and a client of it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use iam::Iam;
use model::{AccountId, Caller, Failure, Permission, Region, RequestId, Time};
use service::{Authority, Call, Service};
use store::MemoryTable;
use tasks::Clock;

pub const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com","AWS":"000000000000"},"Action":"sts:AssumeRole"}}"#;

pub const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;

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

pub struct House {
    pub iam: Iam,
    pub clock: Clock,
    authority: Arc<Anything>,
}

impl House {
    pub fn new() -> Self {
        let clock = Clock::manual(Time::from_millis(1_795_448_000_000));
        let iam = Iam::new(Arc::new(MemoryTable::new()), clock.clone(), Vec::new());
        Self { iam, clock, authority: Arc::default() }
    }

    /// What was asked for since the last time.
    pub fn asked(&self) -> Vec<Permission> {
        std::mem::take(&mut *self.authority.0.lock().unwrap())
    }

    /// What the root is answered. Ids that nobody can know are cut down to their prefix.
    pub async fn answer(&self, action: &str, members: &[(&str, &str)]) -> String {
        self.answer_to(Caller::root(AccountId::default_account()), action, members).await
    }

    pub async fn answer_to(&self, caller: Caller, action: &str, members: &[(&str, &str)]) -> String {
        let encoded = |(name, value): &(&str, &str)| format!("&{name}={}", wire::encoded(value));
        let form: String = members.iter().map(encoded).collect();
        let body = wire::body_of(format!("Action={action}&Version=2010-05-08{form}"));
        let request = http::Request::post("/").body(body).unwrap();
        let call = self.call(caller);
        let response = if ["AssumeRole", "GetCallerIdentity", "GetSessionToken"].contains(&action) {
            aws_iam::sts(self.iam.clone()).handle(call, request).await
        } else {
            aws_iam::iam(self.iam.clone(), self.clock.clone()).handle(call, request).await
        };
        let status = response.status().as_u16();
        let bytes = wire::collect(response.into_body(), 1 << 20).await.unwrap().unwrap();
        format!("{status} {}", String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// The code and the message of a fault, or `fine`.
    pub async fn fault(&self, action: &str, members: &[(&str, &str)]) -> String {
        let answer = self.answer(action, members).await;
        match (within(&answer, "Code"), within(&answer, "Message")) {
            (Some(code), Some(message)) => format!("{} {code}: {message}", &answer[..3]),
            _ => "fine".to_owned(),
        }
    }

    /// Makes a role that Lambda and the account trust.
    pub async fn role(&self, name: &str) {
        let members = [("RoleName", name), ("AssumeRolePolicyDocument", TRUST)];
        assert_eq!(self.fault("CreateRole", &members).await, "fine");
    }

    fn call(&self, caller: Caller) -> Call {
        Call {
            request_id: RequestId::from_bytes([7; 16]),
            caller,
            region: Region::default(),
            time: self.clock.now(),
            cause: None,
            source: None,
            origin: "http://127.0.0.1:4566".to_owned(),
            user_agent: "test".to_owned(),
            authority: self.authority.clone(),
        }
    }
}

/// The text of the first element of this name.
pub fn within(xml: &str, element: &str) -> Option<String> {
    let (_, after) = xml.split_once(&format!("<{element}>"))?;
    let (text, _) = after.split_once(&format!("</{element}>"))?;
    Some(text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// Each element on its own line, and unique ids cut to their prefix.
pub fn readable(answer: &str) -> String {
    let mut text = answer.replace("><", ">\n<");
    if let Some(id) = within(answer, "RoleId") {
        text = text.replace(&id, "AROA…");
    }
    text + "\n"
}
