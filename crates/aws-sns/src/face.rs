//! SNS over HTTP: the query protocol, and beside it what comes from mails and messages: links, and the certificate.

use std::sync::Arc;

use async_trait::async_trait;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use model::{Failure, Fault, Permission, RequestId};
use service::{Authority, Call, Protocol, QueryFace, Service};
use wire::{Request, Response, body_of};

use crate::engine::CERTIFICATES;
use crate::{Sns, faults, operations};

pub struct Face {
    sns: Sns,
    query: QueryFace<Sns>,
}

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

impl Face {
    pub fn new(sns: Sns) -> Self {
        let query = QueryFace::new("sns", NAMESPACE, sns.clone(), operations::all(), &[]);
        Self { sns, query }
    }

    async fn certificate(&self, path: &str) -> Result<Response, Failure> {
        let signer = self.sns.engine.signer().await?;
        let Some(certificate) = signer.certificate(path) else {
            let mut response = Response::new(body_of("There is no such certificate.\n"));
            *response.status_mut() = StatusCode::NOT_FOUND;
            return Ok(response);
        };
        let mut response = Response::new(body_of(certificate.to_owned()));
        let kind = HeaderValue::from_static("application/x-pem-file");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        Ok(response)
    }
}

#[async_trait]
impl Service for Face {
    fn signing_name(&self) -> &'static str {
        "sns"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsQuery
    }

    fn claims(&self, head: &Parts) -> bool {
        self.is_open(head) || self.query.claims(head)
    }

    /// Links of messages come without a signature; what they may do, their operations decide.
    fn is_open(&self, head: &Parts) -> bool {
        let is_link = |(name, value): &(String, String)| {
            name == "Action" && matches!(value.as_str(), "ConfirmSubscription" | "Unsubscribe")
        };
        head.method == Method::GET
            && (head.uri.path().starts_with(CERTIFICATES)
                || wire::query_pairs(head.uri.query().unwrap_or_default()).iter().any(is_link))
    }

    async fn handle(&self, call: Call, request: Request) -> Response {
        if !request.uri().path().starts_with(CERTIFICATES) {
            let authority = Arc::new(Worded(call.authority.clone()));
            return self.query.handle(Call { authority, ..call }, request).await;
        }
        let path = request.uri().path().to_owned();
        match self.certificate(&path).await {
            Ok(response) => response,
            Err(failure) => {
                let fault = service::forms::fault_of(failure, "certificate", &call.request_id);
                self.query.refuse(&fault, &call.request_id)
            }
        }
    }

    fn refuse(&self, fault: &Fault, request_id: &RequestId) -> Response {
        self.query.refuse(fault, request_id)
    }
}

/// Denies with SNS's own code.
struct Worded(Arc<dyn Authority>);

#[async_trait]
impl Authority for Worded {
    async fn allow(&self, call: &Call, permission: &Permission) -> Result<(), Failure> {
        self.0.allow(call, permission).await.map_err(|failure| match failure {
            Failure::Fault(fault) => faults::denied(fault).into(),
            internal => internal,
        })
    }
}
