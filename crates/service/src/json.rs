//! The awsJson driver: operations by the X-Amz-Target header.

use async_trait::async_trait;
use futures::future::BoxFuture;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::request::Parts;
use model::{Failure, Fault, Internal, RequestId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wire::protocol::json_fault;
use wire::{Request, Response, body_of, empty_body};

use crate::operation::{Operation, Protocol, Service, permitted};
use crate::{Call, intake};

type Answered<'a> = BoxFuture<'a, Result<Vec<u8>, Failure>>;
type Run<F> = for<'a> fn(&'a F, &'a Call, Map<String, Value>) -> Answered<'a>;

/// One line in a face's list.
pub struct JsonOperation<F: 'static> {
    name: &'static str,
    run: Run<F>,
}

impl<F: Send + Sync + 'static> JsonOperation<F> {
    pub fn new<O>() -> Self
    where
        O: Operation<Face = F>,
        O::Input: DeserializeOwned,
        O::Output: Serialize,
    {
        Self { name: O::NAME, run: run::<O> }
    }
}

fn run<'a, O>(face: &'a O::Face, call: &'a Call, members: Map<String, Value>) -> Answered<'a>
where
    O: Operation,
    O::Input: DeserializeOwned,
    O::Output: Serialize,
{
    Box::pin(async move {
        let input =
            serde_json::from_value(Value::Object(members)).map_err(|error| malformed(error.to_string()))?;
        let output = permitted::<O>(face, call, input).await?;
        Ok(serde_json::to_vec(&output).map_err(Internal::because("encoding an answer"))?)
    })
}

fn malformed(message: String) -> Fault {
    Fault::new("SerializationException", 400, message)
}

/// A face that speaks awsJson.
pub struct JsonFace<F: 'static> {
    signing_name: &'static str,
    /// Before the dot of X-Amz-Target.
    target: &'static str,
    protocol: Protocol,
    face: F,
    operations: Vec<JsonOperation<F>>,
    /// Names that AWS has and this face does not.
    unbuilt: &'static [&'static str],
    body_limit: usize,
    /// How the service spells faults that are not its own.
    spell: fn(Fault) -> Fault,
}

impl<F: Send + Sync + 'static> JsonFace<F> {
    /// `protocol` is one of the two awsJson ones; `body_limit` in bytes bounds what is taken into memory.
    pub fn new(
        signing_name: &'static str,
        target: &'static str,
        protocol: Protocol,
        face: F,
        operations: Vec<JsonOperation<F>>,
        unbuilt: &'static [&'static str],
        body_limit: usize,
    ) -> Self {
        let spell = std::convert::identity;
        Self { signing_name, target, protocol, face, operations, unbuilt, body_limit, spell }
    }

    /// With a spelling of its own for every fault.
    #[must_use]
    pub fn spelled(self, spell: fn(Fault) -> Fault) -> Self {
        Self { spell, ..self }
    }

    /// The operation that the target header names; `None` when it names another service's.
    fn named<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let target = headers.get("x-amz-target")?.to_str().ok()?;
        target.strip_prefix(self.target)?.strip_prefix('.')
    }

    fn version(&self) -> &'static str {
        if self.protocol == Protocol::AwsJson10 { "1.0" } else { "1.1" }
    }

    /// Runs an operation by its name, with what another protocol says as the members of this one.
    ///
    /// # Errors
    /// As the operation's.
    pub async fn run(&self, call: &Call, name: &str, members: Map<String, Value>) -> Result<Value, Failure> {
        let answer = (self.operation(name)?.run)(&self.face, call, members).await?;
        Ok(serde_json::from_slice(&answer).map_err(Internal::because("reading an answer"))?)
    }

    fn operation(&self, name: &str) -> Result<&JsonOperation<F>, Fault> {
        let found = self.operations.iter().find(|operation| operation.name == name);
        found.ok_or_else(|| match self.unbuilt.iter().find(|unbuilt| **unbuilt == name) {
            Some(name) => Fault::not_implemented(name),
            None => Fault::new("UnknownOperationException", 400, ""),
        })
    }

    async fn answer(&self, call: &Call, name: &str, request: Request) -> Result<Vec<u8>, Failure> {
        let operation = self.operation(name)?;
        let bytes = intake::body(request.into_body(), self.body_limit, operation.name).await?;
        (operation.run)(&self.face, call, intake::object(&bytes).map_err(malformed)?).await
    }
}

#[async_trait]
impl<F: Send + Sync + 'static> Service for JsonFace<F> {
    fn signing_name(&self) -> &'static str {
        self.signing_name
    }

    fn protocol(&self) -> Protocol {
        self.protocol
    }

    fn claims(&self, head: &Parts) -> bool {
        self.named(&head.headers).is_some()
    }

    async fn handle(&self, call: Call, request: Request) -> Response {
        let name = self.named(request.headers()).unwrap_or_default().to_owned();
        match self.answer(&call, &name, request).await {
            Ok(body) => {
                // The unit type is how an operation says that it answers nothing.
                let body = if body == b"null" { empty_body() } else { body_of(body) };
                let mut response = Response::new(body);
                let kind = if self.version() == "1.0" {
                    "application/x-amz-json-1.0"
                } else {
                    "application/x-amz-json-1.1"
                };
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
                response
            }
            Err(failure) => {
                let fault = intake::fault_of(failure, &name, &call.request_id, "InternalFailure");
                json_fault(&(self.spell)(fault), self.version())
            }
        }
    }

    fn refuse(&self, fault: &Fault, _: &RequestId) -> Response {
        json_fault(&(self.spell)(fault.clone()), self.version())
    }
}
