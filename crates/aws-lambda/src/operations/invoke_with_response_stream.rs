//! `InvokeWithResponseStream`: runs a function and passes its answer on as it comes, as events of a stream.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use model::{Failure, Fault, InvocationId, Permission};
use sandbox::{Answer, Ended};
use serde::Deserialize;
use serde_json::{Map, json};
use service::{Call, IntoResponse, Operation, Route};
use wire::event_stream::event;
use wire::{Body, BodyError, Response, body_of, empty_body};

use super::invoke::{client_context, document, told};
use crate::constraints::Constraints;
use crate::engine::{Ask, Begun, NotRun, Rest, check_callable, trace_id};
use crate::names::Named;
use crate::{Lambda, faults, limits};

pub const ROUTE: Route =
    Route::new("POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations", 200)
        .query(&[("Qualifier", "Qualifier")])
        .headers(&[
            ("x-amz-invocation-type", "InvocationType"),
            ("x-amz-log-type", "LogType"),
            ("x-amz-client-context", "ClientContext"),
            ("x-amz-tenant-id", "TenantId"),
            ("x-amzn-trace-id", "TraceId"),
        ])
        .payload("Payload")
        .limit(limits::INVOKE_BYTES, "InvokeFunction");

pub struct InvokeWithResponseStream;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    qualifier: Option<String>,
    invocation_type: Option<String>,
    log_type: Option<String>,
    client_context: Option<String>,
    trace_id: Option<String>,
    tenant_id: Option<String>,
    payload: Bytes,
}

pub enum Output {
    Runs { begun: Begun, version: String, tail: bool },
    Possible,
}

#[async_trait]
impl Operation for InvokeWithResponseStream {
    type Face = Lambda;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "InvokeWithResponseStream";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_qualified(&input.check(call)?, "lambda:InvokeFunction").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Output, Failure> {
        let named = input.check(call)?;
        let found = face.engine.pick(&named).await?;
        let found = found.ok_or_else(|| faults::function_not_found(&named.arn()))?;
        let payload = document(&input.payload)?;
        if input.invocation_type.as_deref() == Some("DryRun") {
            return Ok(Output::Possible);
        }
        check_callable(found.version())?;
        let version = found.version().id.to_string();
        let ask = Ask {
            invoked_arn: named.arn().to_string(),
            invocation: InvocationId::from(call.request_id),
            payload,
            client_context: input.client_context.as_deref().map(client_context).transpose()?,
            trace_id: input.trace_id.unwrap_or_else(|| trace_id(found.version(), call.time)),
            event: None,
            roots: Vec::new(),
            cause: call.cause.clone(),
            found,
        };
        let begun = face.engine.stream(ask).await.map_err(|not_run| told(not_run, &named))?;
        Ok(Output::Runs { begun, version, tail: input.log_type.as_deref() == Some("Tail") })
    }
}

impl Input {
    /// Whom it is about; fails when anything is malformed or asks for what is not built.
    fn check(&self, call: &Call) -> Result<Named, Fault> {
        let mut constraints = Constraints::default();
        let types = ["RequestResponse", "DryRun"];
        constraints.one_of("invocationType", self.invocation_type.as_deref(), &types);
        constraints.one_of("logType", self.log_type.as_deref(), &["None", "Tail"]);
        constraints.end()?;
        if self.tenant_id.is_some() {
            return Err(faults::unbuilt("TenantId", InvokeWithResponseStream::NAME));
        }
        Named::read(call, &self.function_name, self.qualifier.as_deref())
    }
}

impl IntoResponse for Output {
    fn into_response(self) -> Response {
        let Self::Runs { begun, version, tail } = self else {
            let mut response = Response::new(empty_body());
            *response.status_mut() = StatusCode::NO_CONTENT;
            return response;
        };
        let body = match begun {
            Begun::Streams { rest, .. } => streamed(rest, tail),
            Begun::Ended(ended) => body_of(whole(&ended, tail)),
        };
        let mut response = Response::new(body);
        *response.headers_mut() = headers(&version);
        response
    }
}

fn headers(version: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/vnd.amazon.eventstream"));
    if let Ok(version) = HeaderValue::from_str(version) {
        headers.insert("x-amz-executed-version", version);
    }
    headers
}

/// An answer that did not come in pieces, as one.
fn whole(ended: &Ended, tail: bool) -> Bytes {
    let mut events = match &ended.answer {
        Answer::Returned(payload) if !payload.is_empty() => chunk(payload).to_vec(),
        _ => Vec::new(),
    };
    events.extend_from_slice(&complete(Ok(ended), tail));
    events.into()
}

fn streamed(rest: Rest, tail: bool) -> Body {
    let events = stream::unfold(Some(rest), move |rest| async move {
        let mut rest = rest?;
        match rest.next().await {
            Some(piece) => Some((chunk(&piece), Some(rest))),
            None => Some((complete(rest.end().await.as_ref(), tail), None)),
        }
    });
    StreamBody::new(events.map(|event| Ok::<_, BodyError>(Frame::data(event)))).boxed_unsync()
}

fn chunk(payload: &Bytes) -> Bytes {
    event("PayloadChunk", "application/octet-stream", payload)
}

/// What ends the stream: whether the function failed, and how.
fn complete(end: Result<&Ended, &NotRun>, tail: bool) -> Bytes {
    let mut members = Map::new();
    match end.map(|ended| (&ended.answer, ended)) {
        Ok((answer, ended)) => {
            if let Answer::Failed(error) = answer {
                members.insert("ErrorCode".to_owned(), json!(error.name()));
                members.insert("ErrorDetails".to_owned(), json!(String::from_utf8_lossy(&error.payload)));
            }
            if tail {
                members.insert("LogResult".to_owned(), json!(STANDARD.encode(&ended.log_tail)));
            }
        }
        Err(not_run) => {
            tracing::error!(?not_run, "a call ended without an end");
            members.insert("ErrorCode".to_owned(), json!("ServiceException"));
        }
    }
    let document = serde_json::Value::Object(members).to_string();
    event("InvokeComplete", "application/json", document.as_bytes())
}
