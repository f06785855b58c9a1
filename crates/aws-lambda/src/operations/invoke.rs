//! `Invoke`: runs a function and waits for its answer, or accepts an event for it, or only looks whether it could.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use delivery::NewEvent;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use model::{EventId, Failure, Fault, InvocationId, Permission};
use sandbox::{Answer, Ended};
use serde::Deserialize;
use serde::de::IgnoredAny;
use service::{Call, IntoResponse, Operation, Route};
use wire::{Response, body_of, empty_body};

use crate::constraints::Constraints;
use crate::engine::{Ask, NotRun, check_callable, trace_id};
use crate::names::Named;
use crate::{Lambda, faults, limits};

/// What AWS's faults call the operation.
const ACTION: &str = "InvokeFunction";

pub const ROUTE: Route = Route::new("POST", "/2015-03-31/functions/{FunctionName}/invocations", 200)
    .query(&[("Qualifier", "Qualifier")])
    .headers(&[
        ("x-amz-invocation-type", "InvocationType"),
        ("x-amz-log-type", "LogType"),
        ("x-amz-client-context", "ClientContext"),
        ("x-amz-durable-execution-name", "DurableExecutionName"),
        ("x-amz-tenant-id", "TenantId"),
        ("x-amzn-trace-id", "TraceId"),
    ])
    .payload("Payload")
    .limit(limits::INVOKE_BYTES, ACTION);

pub struct Invoke;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    qualifier: Option<String>,
    invocation_type: Option<String>,
    log_type: Option<String>,
    client_context: Option<String>,
    trace_id: Option<String>,
    durable_execution_name: Option<String>,
    tenant_id: Option<String>,
    payload: Bytes,
}

pub enum Output {
    Answered { ended: Box<Ended>, version: String, tail: bool, trace_id: String },
    Accepted,
    Possible,
}

#[async_trait]
impl Operation for Invoke {
    type Face = Lambda;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "Invoke";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_qualified(&input.check(call)?, "lambda:InvokeFunction").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Output, Failure> {
        let named = input.check(call)?;
        let found = face.engine.pick(&named).await?;
        let found = found.ok_or_else(|| faults::function_not_found(&named.arn()))?;
        let payload = document(&input.payload)?;
        match input.invocation_type.as_deref() {
            Some("DryRun") => Ok(Output::Possible),
            Some("Event") => accept(face, call, &named, payload).await,
            _ => {
                check_callable(found.version())?;
                let client_context = input.client_context.as_deref().map(client_context).transpose()?;
                let trace_id = input.trace_id.unwrap_or_else(|| trace_id(found.version(), call.time));
                let ask = Ask {
                    found,
                    invoked_arn: named.arn().to_string(),
                    invocation: InvocationId::from(call.request_id),
                    payload,
                    client_context,
                    trace_id: trace_id.clone(),
                    event: None,
                    roots: Vec::new(),
                    cause: call.cause.clone(),
                };
                let done = face.engine.call(ask).await.map_err(|not_run| told(not_run, &named))?;
                let version = done.used.version.clone();
                face.engine.parts.ledger.record(done.used).await;
                let tail = input.log_type.as_deref() == Some("Tail");
                Ok(Output::Answered { ended: Box::new(done.ended), version, tail, trace_id })
            }
        }
    }
}

impl Input {
    /// Whom it is about; fails when anything is malformed or asks for what is not built.
    fn check(&self, call: &Call) -> Result<Named, Fault> {
        let mut constraints = Constraints::default();
        let types = ["Event", "RequestResponse", "DryRun"];
        constraints.one_of("invocationType", self.invocation_type.as_deref(), &types);
        constraints.one_of("logType", self.log_type.as_deref(), &["None", "Tail"]);
        constraints.end()?;
        for (member, value) in
            [("DurableExecutionName", &self.durable_execution_name), ("TenantId", &self.tenant_id)]
        {
            if value.is_some() {
                return Err(faults::unbuilt(member, Invoke::NAME));
            }
        }
        Named::read(call, &self.function_name, self.qualifier.as_deref())
    }
}

/// The document for the function. AWS: nothing is the empty object.
pub fn document(payload: &Bytes) -> Result<Bytes, Fault> {
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    let refused = |error: &dyn std::fmt::Display| {
        faults::invalid_content(format_args!("Could not parse payload into json: {error}"))
    };
    // What is skipped in a document is not looked at as text.
    std::str::from_utf8(payload).map_err(|error| refused(&error))?;
    serde_json::from_slice::<IgnoredAny>(payload).map_err(|error| refused(&error))?;
    Ok(payload.clone())
}

/// The document of `ClientContext`. AWS: only a synchronous call has one; an event's is not kept.
pub fn client_context(base64: &str) -> Result<String, Fault> {
    if base64.len() > limits::CLIENT_CONTEXT_BYTES {
        let message = format!("Client context must be at most {} bytes", limits::CLIENT_CONTEXT_BYTES);
        return Err(faults::invalid_content(message));
    }
    let decoded = STANDARD.decode(base64).map_err(faults::invalid_content)?;
    let text = String::from_utf8(decoded).map_err(faults::invalid_content)?;
    serde_json::from_str::<IgnoredAny>(&text).map_err(faults::invalid_content)?;
    Ok(text)
}

async fn accept(face: &Lambda, call: &Call, named: &Named, payload: Bytes) -> Result<Output, Failure> {
    if payload.len() > limits::EVENT_BYTES {
        return Err(faults::request_too_large(limits::EVENT_BYTES, ACTION).into());
    }
    let key = &named.key;
    let event = NewEvent::new(key.account.clone(), key.region.clone(), "lambda", named.arn(), payload);
    let event = NewEvent {
        id: EventId::from(call.request_id),
        subject: key.name.clone(),
        cause: call.cause.clone(),
        ..event
    };
    face.engine.accept(event).await?;
    Ok(Output::Accepted)
}

/// What a caller is told of a call that did not come about.
pub fn told(not_run: NotRun, named: &Named) -> Failure {
    match not_run {
        NotRun::Loops(reason) => faults::recursive_invocation(&reason).into(),
        NotRun::Removed => faults::function_not_found(&named.arn()).into(),
        NotRun::Throttled(reason) => faults::throttled(reason).into(),
        NotRun::Internal(internal) => internal.into(),
    }
}

impl IntoResponse for Output {
    fn into_response(self) -> Response {
        match self {
            Self::Answered { ended, version, tail, trace_id } => answered(*ended, &version, tail, &trace_id),
            Self::Accepted => empty(StatusCode::ACCEPTED),
            Self::Possible => empty(StatusCode::NO_CONTENT),
        }
    }
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(empty_body());
    *response.status_mut() = status;
    response
}

fn answered(ended: Ended, version: &str, tail: bool, trace_id: &str) -> Response {
    let (error, payload) = match ended.answer {
        Answer::Returned(payload) => (None, payload),
        Answer::Failed(error) => (Some(error.kind), error.payload),
    };
    let mut response = Response::new(body_of(payload));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(version) = HeaderValue::from_str(version) {
        headers.insert("x-amz-executed-version", version);
    }
    if let Some(kind) = error {
        headers.insert("x-amz-function-error", HeaderValue::from_static(kind));
    }
    if let Ok(trace_id) = HeaderValue::from_str(trace_id) {
        headers.insert("x-amzn-trace-id", trace_id);
    }
    if let Some(log) = tail.then(|| HeaderValue::from_str(&STANDARD.encode(&ended.log_tail))) {
        headers.extend(log.ok().map(|log| (http::HeaderName::from_static("x-amz-log-result"), log)));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_json() {
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        for text in ["{}", "null", "\"a\"", " [1, 2] ", &deep] {
            assert_eq!(document(&Bytes::from(text.to_owned())).as_deref(), Ok(text.as_bytes()));
        }
        assert_eq!(document(&Bytes::new()).as_deref(), Ok(&b"{}"[..]));
        for bytes in [&b"{"[..], b"hello", b"{} {}", b"\"\xff\"", b" "] {
            let fault = document(&Bytes::copy_from_slice(bytes)).unwrap_err();
            assert_eq!(&*fault.code, "InvalidRequestContentException");
            assert!(fault.message.starts_with("Could not parse request body into json: "), "{fault}");
        }
    }
}
