//! The face as the gateway calls it: the operations, and beside them function URLs and the links to code.

use async_trait::async_trait;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use http::{Method, request};
use model::{Failure, Fault, RequestId};
use service::{Call, Protocol, RestFace, Service};
use wire::{Request, Response, body_of};

use crate::engine::LINKS;
use crate::urls::address_of;
use crate::{Lambda, limits, operations};

/// The driver of restJson with a door beside it.
pub struct Face {
    lambda: Lambda,
    rest: RestFace<Lambda>,
}

impl Face {
    pub fn new(lambda: Lambda) -> Self {
        let rest = RestFace::new("lambda", lambda.clone(), operations::all(), limits::REQUEST_BYTES);
        Self { lambda, rest }
    }

    async fn code(&self, call: &Call, head: &request::Parts) -> Result<Response, Failure> {
        let query = head.uri.query().unwrap_or_default();
        let engine = &self.lambda.engine;
        let Some(blob) = engine.linked_code(head.uri.path(), query, call.time).await? else {
            let message = "The link was not made by this platform, or its time is over.";
            return Err(Fault::new("AccessDenied", 403, message).into());
        };
        let Some(zip) = engine.parts.packages.zip(&blob).await? else {
            return Err(Fault::new("NoSuchKey", 404, "The code has been removed since.").into());
        };
        let mut response = Response::new(body_of(zip));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"code.zip\""));
        Ok(response)
    }
}

fn is_link(head: &request::Parts) -> bool {
    head.method == Method::GET && head.uri.path().starts_with(LINKS)
}

#[async_trait]
impl Service for Face {
    fn signing_name(&self) -> &'static str {
        self.rest.signing_name()
    }

    fn protocol(&self) -> Protocol {
        self.rest.protocol()
    }

    fn claims(&self, head: &request::Parts) -> bool {
        self.is_open(head) || self.rest.claims(head)
    }

    fn is_open(&self, head: &request::Parts) -> bool {
        is_link(head) || address_of(head).is_some()
    }

    fn takes_any_authorization(&self, head: &request::Parts) -> bool {
        address_of(head).is_some()
    }

    async fn handle(&self, call: Call, request: Request) -> Response {
        let (head, body) = request.into_parts();
        if address_of(&head).is_some() {
            return self.lambda.serve_url(&call, Request::from_parts(head, body)).await;
        }
        if !is_link(&head) {
            return self.rest.handle(call, Request::from_parts(head, body)).await;
        }
        let fault = match self.code(&call, &head).await {
            Ok(response) => return response,
            Err(Failure::Fault(fault)) => fault,
            Err(Failure::Internal(internal)) => {
                tracing::error!(error = %internal, request = %call.request_id, "code could not be handed out");
                Fault::new("ServiceException", 500, "An internal error occurred. Please retry later.")
            }
        };
        self.rest.refuse(&fault, &call.request_id)
    }

    fn refuse(&self, fault: &Fault, request_id: &RequestId) -> Response {
        self.rest.refuse(fault, request_id)
    }
}
