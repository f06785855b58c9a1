//! placeholder
use model::*;
use std::sync::Arc;
#[async_trait::async_trait]
pub trait Wipe: Send + Sync {
    async fn wipe(&self, account: &AccountId) -> Result<(), Internal>;
}
pub struct Parts {
    pub registry: Arc<registry::Registry>,
    pub delivery: delivery::Delivery,
    pub dispatch: dispatch::Dispatch,
    pub ledger: metering::Ledger,
    pub prices: metering::Prices,
    pub runtimes: Vec<String>,
    pub clock: tasks::Clock,
    pub wipe: Option<Arc<dyn Wipe>>,
}
#[derive(Clone)]
pub struct Admin;
impl Admin {
    pub fn new(_: Parts) -> Self {
        Admin
    }
    pub fn service(&self) -> impl service::Service + use<> {
        S
    }
    pub async fn console(&self, _: http::Request<()>) -> wire::Response {
        wire::Response::new(wire::empty_body())
    }
}
struct S;
#[async_trait::async_trait]
impl service::Service for S {
    fn signing_name(&self) -> &'static str {
        "dayfly"
    }
    fn protocol(&self) -> service::Protocol {
        service::Protocol::RestJson
    }
    async fn handle(&self, _: service::Call, _: wire::Request) -> wire::Response {
        wire::Response::new(wire::empty_body())
    }
    fn refuse(&self, f: &Fault, _: &RequestId) -> wire::Response {
        wire::protocol::rest_json_fault(f)
    }
}
