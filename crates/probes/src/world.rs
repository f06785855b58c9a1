//! What the probes share: a caller who may do everything, and a thread that runs what waits.

use std::sync::Arc;

use async_trait::async_trait;
use model::{AccountId, Caller, Failure, Permission, Region, RequestId, Time};
use service::{Authority, Call, Service};
use wire::{Request, Response};

struct Anything;

#[async_trait]
impl Authority for Anything {
    async fn allow(&self, _: &Call, _: &Permission) -> Result<(), Failure> {
        Ok(())
    }
}

pub const NOW: Time = Time::from_millis(1_795_448_000_000);

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A call of the account's root.
pub fn call() -> Call {
    Call {
        request_id: RequestId::from_bytes([7; 16]),
        caller: Caller::root(AccountId::default_account()),
        region: Region::new("us-east-1"),
        time: NOW,
        cause: None,
        source: None,
        origin: "http://localhost:4566".to_owned(),
        user_agent: String::new(),
        authority: Arc::new(Anything),
    }
}

/// Asks a face. Fails on an answer that says that something broke on our side.
pub async fn ask(face: &dyn Service, request: Request) -> Response {
    let response = face.handle(call(), request).await;
    let status = response.status().as_u16();
    assert!(status < 500 || status == 501, "an answer of {status}");
    response
}

/// Lines apart; what is no text becomes replacement characters.
pub fn lines(data: &[u8], at_most: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(data);
    text.splitn(at_most, '\n').map(str::to_owned).collect()
}
