//! SQS over HTTP: awsJson 1.0, and forms from older clients, with the same operations behind both.

use async_trait::async_trait;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use model::{Fault, RequestId};
use service::{Call, JsonFace, Protocol, Service, forms};
use wire::protocol::query_fault;
use wire::{Request, Response, body_of};

use crate::{Sqs, faults, limits, operations, query};

pub struct Face {
    json: JsonFace<Sqs>,
}

impl Face {
    pub fn new(sqs: Sqs) -> Self {
        let (operations, body) = (operations::all(), limits::BODY_BYTES);
        let json = JsonFace::new("sqs", "AmazonSQS", Protocol::AwsJson10, sqs, operations, &[], body);
        Self { json: json.spelled(faults::spelled) }
    }

    /// A form, as the JSON protocol's input; its answer as XML.
    async fn answer_form(&self, call: &Call, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let (action, answered) = match forms::read(request, limits::BODY_BYTES).await {
            Ok((action, pairs)) => {
                let members = query::members(call, &path, pairs);
                let answered = self.json.run(call, &action, members).await;
                (action, answered)
            }
            Err(failure) => (String::new(), Err(failure)),
        };
        match answered {
            Ok(value) => {
                let mut response = Response::new(body_of(query::document(&action, &value, &call.request_id)));
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
                response
            }
            Err(failure) => {
                let fault = forms::fault_of(failure, &action, &call.request_id);
                query_fault(&faults::in_query(faults::spelled(fault)), query::NAMESPACE, &call.request_id)
            }
        }
    }
}

#[async_trait]
impl Service for Face {
    fn signing_name(&self) -> &'static str {
        "sqs"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson10
    }

    fn claims(&self, head: &Parts) -> bool {
        self.json.claims(head)
            || wire::query_pairs(head.uri.query().unwrap_or_default())
                .iter()
                .any(|(name, value)| name == "Version" && value == query::VERSION)
    }

    async fn handle(&self, call: Call, request: Request) -> Response {
        if request.headers().contains_key("x-amz-target") {
            self.json.handle(call, request).await
        } else {
            self.answer_form(&call, request).await
        }
    }

    fn refuse(&self, fault: &Fault, request_id: &RequestId) -> Response {
        self.json.refuse(fault, request_id)
    }
}
