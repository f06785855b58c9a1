//! Buckets as the target of events: each becomes an object.

use std::sync::Arc;

use async_trait::async_trait;
use delivery::{Attempt, Delivered, Deposit, Event, SourceOf, Target};
use model::{Arn, Caller, Failure, Fault, Identity, Internal, Permission, RequestId};
use service::{Authority, Call};
use store::Transaction;

use crate::S3;
use crate::engine::{Announced, At, ContentHeaders, WriteCondition};
use crate::source::Happened;

#[async_trait]
impl Target for S3 {
    fn service(&self) -> &'static str {
        "s3"
    }

    /// Nobody asks: those who name a bucket are allowed to by their role.
    async fn may_receive(&self, _: &Arn, _: &SourceOf) -> Result<bool, Internal> {
        Ok(false)
    }

    async fn deliver(&self, event: &Event, attempt: Attempt) -> Delivered {
        let Ok(deposit) = Deposit::unpack(&attempt.payload) else {
            return Delivered::Refused { reason: "the event is no object for a bucket".to_owned() };
        };
        let at = At::new(event.target.resource.clone(), deposit.key);
        match self.deposit(event, &at, deposit.content_type, deposit.body.into_bytes()).await {
            Ok(()) => Delivered::Taken { settle: Transaction::new(), answer: Default::default() },
            Err(Failure::Fault(fault)) if fault.status < 500 => Delivered::Refused { reason: fault.message },
            Err(Failure::Fault(fault)) => Delivered::TryLater { reason: fault.message },
            Err(Failure::Internal(internal)) => {
                tracing::error!(error = %internal, event = %event.id, "an event could not become an object");
                Delivered::TryLater { reason: "an internal error".to_owned() }
            }
        }
    }
}

impl S3 {
    async fn deposit(
        &self,
        event: &Event,
        at: &At,
        content_type: String,
        body: Vec<u8>,
    ) -> Result<(), Failure> {
        self.engine.bucket(&at.bucket).await?;
        let written = self.engine.receive(&mut Some(body.into()), &Announced::default()).await?;
        let headers = ContentHeaders { content_type: Some(content_type), ..ContentHeaders::default() };
        let (object, keep) = self.engine.object(&written, headers, Vec::new());
        let happened = Happened { event: "ObjectCreated:Put", at, object: Some(&object) };
        let also = keep.and(self.announce_out_of(Some(event), &self.call_for(event), &happened).await?);
        self.engine.put(at, &object, &WriteCondition::default(), &also).await
    }

    /// As if the service that the event comes from had called.
    fn call_for(&self, event: &Event) -> Call {
        let identity = Identity::Service { name: format!("{}.amazonaws.com", event.source) };
        Call {
            request_id: RequestId::random(),
            caller: Caller { account: event.account.clone(), identity },
            region: event.region.clone(),
            time: self.engine.now(),
            cause: event.cause.clone(),
            source: None,
            origin: String::new(),
            user_agent: String::new(),
            authority: Arc::new(Nothing),
        }
    }
}

/// What is asked of it is denied: no operation runs for an event.
struct Nothing;

#[async_trait]
impl Authority for Nothing {
    async fn allow(&self, _: &Call, _: &Permission) -> Result<(), Failure> {
        Err(Fault::new("AccessDenied", 403, "Access Denied").into())
    }
}
