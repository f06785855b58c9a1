//! The restJson driver: operations by method and path.

use async_trait::async_trait;
use futures::future::BoxFuture;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use model::{Failure, Fault, Internal, RequestId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::protocol::{MalformedInput, Members, Pattern, rest_json_fault};
use wire::{Request, Response, body_of, empty_body};

use crate::operation::{Operation, Protocol, Service, permitted};
use crate::{Call, intake};

/// Where an operation's members are in a request.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    /// With labels named as members: `/2015-03-31/functions/{FunctionName}`.
    pub path: &'static str,
    /// A name and a value that must be in the query: tells it apart from one after it in the face's list, at the same path.
    pub only_with: Option<(&'static str, &'static str)>,
    /// Names in the query, and the members they are.
    pub query: &'static [(&'static str, &'static str)],
    /// Names of headers, lower case, and the members they are.
    pub headers: &'static [(&'static str, &'static str)],
    /// The member that the whole body is; without one the body is a JSON object of the other members.
    pub payload: Option<&'static str>,
    /// Of a success.
    pub status: u16,
    /// Where the body is bounded more tightly than the face's: in bytes, and the name that the fault tells.
    pub limit: Option<(usize, &'static str)>,
}

impl Route {
    /// A route whose members are labels and a JSON body.
    pub const fn new(method: &'static str, path: &'static str, status: u16) -> Self {
        Self { method, path, only_with: None, query: &[], headers: &[], payload: None, status, limit: None }
    }

    #[must_use]
    pub const fn only_with(mut self, name: &'static str, value: &'static str) -> Self {
        self.only_with = Some((name, value));
        self
    }

    #[must_use]
    pub const fn query(mut self, query: &'static [(&'static str, &'static str)]) -> Self {
        self.query = query;
        self
    }

    #[must_use]
    pub const fn headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    /// `name` is what the fault calls the operation: AWS takes the IAM action's for some.
    #[must_use]
    pub const fn limit(mut self, bytes: usize, name: &'static str) -> Self {
        self.limit = Some((bytes, name));
        self
    }

    #[must_use]
    pub const fn payload(mut self, member: &'static str) -> Self {
        self.payload = Some(member);
        self
    }

    fn is_meant(&self, query: &str) -> bool {
        self.only_with.is_none_or(|(name, value)| {
            wire::query_pairs(query).into_iter().any(|pair| (&*pair.0, &*pair.1) == (name, value))
        })
    }
}

/// An output that is more than a JSON body: it has a status or headers of its own, or a body that is not JSON.
pub trait IntoResponse {
    fn into_response(self) -> Response;
}

/// Names and decoded values.
type Labels = Vec<(&'static str, String)>;

type Answered<'a> = BoxFuture<'a, Result<Response, Failure>>;
type Run<F> = for<'a> fn(&'a F, &'a Call, Members, u16) -> Answered<'a>;

/// One line in a face's list.
pub struct RestOperation<F: 'static> {
    name: &'static str,
    route: Route,
    pattern: Pattern,
    run: Option<Run<F>>,
}

impl<F: Send + Sync + 'static> RestOperation<F> {
    /// An operation whose output is a JSON body.
    pub fn new<O>(route: Route) -> Self
    where
        O: Operation<Face = F>,
        O::Input: DeserializeOwned,
        O::Output: Serialize,
    {
        Self { name: O::NAME, pattern: Pattern::new(route.path), route, run: Some(run_json::<O>) }
    }

    /// An operation whose output says itself what it looks like.
    pub fn raw<O>(route: Route) -> Self
    where
        O: Operation<Face = F>,
        O::Input: DeserializeOwned,
        O::Output: IntoResponse,
    {
        Self { name: O::NAME, pattern: Pattern::new(route.path), route, run: Some(run_raw::<O>) }
    }

    /// An operation that AWS has and this face does not.
    pub fn unbuilt(name: &'static str, method: &'static str, path: &'static str) -> Self {
        let route = Route::new(method, path, 200);
        Self { name, pattern: Pattern::new(path), route, run: None }
    }
}

fn input<T: DeserializeOwned>(members: Members) -> Result<T, Failure> {
    members.read().map_err(|MalformedInput(message)| malformed(&message).into())
}

/// AWS: Lambda tells any input that it cannot read with this code.
fn malformed(message: &str) -> Fault {
    let message = format!("Could not parse request body into json: {message}");
    Fault::new("InvalidRequestContentException", 400, message).member("Type", "User")
}

fn run_json<'a, O>(face: &'a O::Face, call: &'a Call, members: Members, status: u16) -> Answered<'a>
where
    O: Operation,
    O::Input: DeserializeOwned,
    O::Output: Serialize,
{
    Box::pin(async move {
        let output = permitted::<O>(face, call, input(members)?).await?;
        let body = serde_json::to_vec(&output).map_err(Internal::because("encoding an answer"))?;
        // The unit type is how an operation says that it answers nothing.
        let nothing = body == b"null";
        let mut response = Response::new(if nothing { empty_body() } else { body_of(body) });
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(response)
    })
}

fn run_raw<'a, O>(face: &'a O::Face, call: &'a Call, members: Members, _: u16) -> Answered<'a>
where
    O: Operation,
    O::Input: DeserializeOwned,
    O::Output: IntoResponse,
{
    Box::pin(async move { Ok(permitted::<O>(face, call, input(members)?).await?.into_response()) })
}

/// A face that speaks restJson.
pub struct RestFace<F: 'static> {
    signing_name: &'static str,
    face: F,
    operations: Vec<RestOperation<F>>,
    body_limit: usize,
}

impl<F: Send + Sync + 'static> RestFace<F> {
    /// `body_limit` in bytes bounds what is taken into memory; operations have their own, lower limits.
    pub fn new(
        signing_name: &'static str,
        face: F,
        operations: Vec<RestOperation<F>>,
        body_limit: usize,
    ) -> Self {
        Self { signing_name, face, operations, body_limit }
    }

    async fn answer(&self, call: &Call, request: Request) -> Result<Response, (Failure, &'static str)> {
        let (head, body) = request.into_parts();
        let (operation, labels) = self.find(&head).map_err(|fault| (fault.into(), "?"))?;
        let Some(run) = operation.run else {
            return Err((Fault::not_implemented(operation.name).into(), operation.name));
        };
        let in_operation = |failure: Failure| (failure, operation.name);
        let mut members = Members::default();
        labels.into_iter().for_each(|(name, value)| members.text(name, value));
        read_head(&operation.route, head.uri.query().unwrap_or_default(), &head.headers, &mut members);
        let (limit, name) = operation.route.limit.unwrap_or((self.body_limit, operation.name));
        let bytes = intake::body(body, limit, name).await.map_err(in_operation)?;
        match operation.route.payload {
            Some(member) => members.bytes(member, bytes),
            None => {
                members.json(intake::object(&bytes).map_err(|error| in_operation(malformed(&error).into()))?)
            }
        }
        run(&self.face, call, members, operation.route.status).await.map_err(in_operation)
    }

    fn find(&self, head: &Parts) -> Result<(&RestOperation<F>, Labels), Fault> {
        let (method, path) = (&head.method, head.uri.path());
        let query = head.uri.query().unwrap_or_default();
        let mut of_another_method = false;
        for operation in &self.operations {
            if let Some(labels) = operation.pattern.labels(path) {
                if operation.route.method == method.as_str() && operation.route.is_meant(query) {
                    return Ok((operation, labels));
                }
                of_another_method = true;
            }
        }
        Err(if of_another_method {
            Fault::new("MethodNotAllowedException", 405, format!("The method {method} is not allowed here."))
        } else {
            Fault::new("UnknownOperationException", 404, format!("There is no operation at {path}."))
        })
    }
}

fn read_head(route: &Route, query: &str, headers: &HeaderMap, members: &mut Members) {
    for (name, value) in wire::query_pairs(query) {
        if let Some((_, member)) = route.query.iter().find(|(known, _)| *known == name) {
            members.text(member, value);
        }
    }
    for (name, member) in route.headers {
        if let Some(value) = headers.get(*name).and_then(|value| value.to_str().ok()) {
            members.text(member, value.to_owned());
        }
    }
}

#[async_trait]
impl<F: Send + Sync + 'static> Service for RestFace<F> {
    fn signing_name(&self) -> &'static str {
        self.signing_name
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn claims(&self, head: &Parts) -> bool {
        self.operations.iter().any(|operation| operation.pattern.labels(head.uri.path()).is_some())
    }

    async fn handle(&self, call: Call, request: Request) -> Response {
        match self.answer(&call, request).await {
            Ok(response) => response,
            Err((failure, name)) => {
                rest_json_fault(&intake::fault_of(failure, name, &call.request_id, "ServiceException"))
            }
        }
    }

    fn refuse(&self, fault: &Fault, _: &RequestId) -> Response {
        rest_json_fault(fault)
    }
}
