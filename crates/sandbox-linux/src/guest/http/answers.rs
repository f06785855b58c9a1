//! What the Runtime API answers, as bytes.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;

use super::super::Call;
use super::desk::Refusal;
use crate::limits;

/// In a request's head, or among the trailers of a streamed response.
pub const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
/// In the head of a response that comes in pieces.
pub const RESPONSE_MODE: &str = "lambda-runtime-function-response-mode";
const ERROR_BODY: &str = "lambda-runtime-function-error-body";

type Answer = Response<Full<Bytes>>;

pub fn call(call: Call) -> Answer {
    let header = call.header;
    let mut answer = Response::new(Full::new(call.payload));
    let mut set = |name: &'static str, value: String| {
        // A value that is no header cannot be told this way; the call itself goes on.
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(name, value);
        }
    };
    set("content-type", "application/json".to_owned());
    set("lambda-runtime-aws-request-id", header.request_id);
    set("lambda-runtime-deadline-ms", header.deadline_ms.to_string());
    set("lambda-runtime-invoked-function-arn", header.invoked_arn);
    set("lambda-runtime-trace-id", header.trace_id);
    if let Some(context) = header.client_context {
        set("lambda-runtime-client-context", context);
    }
    if let Some(identity) = header.cognito_identity {
        set("lambda-runtime-cognito-identity", identity);
    }
    answer
}

pub fn accepted() -> Answer {
    answer(StatusCode::ACCEPTED, r#"{"status":"OK"}"#.into())
}

pub fn restored() -> Answer {
    answer(StatusCode::OK, Bytes::new())
}

pub fn refused(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::InvalidRequestId => error(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID"),
        Refusal::InvalidTransition(from, to) => {
            let message = format!(
                "State transition from {from} to {to} failed for runtime. Error: State transition is not allowed"
            );
            error(StatusCode::FORBIDDEN, "InvalidStateTransition", &message)
        }
        Refusal::UnreadableBody => {
            error(StatusCode::BAD_REQUEST, "BodyReadError", "The request's body could not be read")
        }
    }
}

pub fn too_large() -> Answer {
    let message = format!("Exceeded maximum allowed payload size ({} bytes).", limits::PAYLOAD);
    error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
}

pub fn no_such_path(path: &str) -> Answer {
    if path.starts_with("/2020-01-01/")
        || path.starts_with("/2022-07-01/")
        || path.starts_with("/2020-08-15/")
    {
        return not_implemented("the extension and telemetry APIs");
    }
    error(StatusCode::NOT_FOUND, "NotFound", "404 page not found")
}

pub fn wrong_method() -> Answer {
    error(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "405 method not allowed")
}

fn not_implemented(what: &str) -> Answer {
    error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", &format!("Dayfly does not implement {what}."))
}

/// The document that a failed call answers with: what the client sent, or one made of the type it named.
pub fn error_document(body: Bytes, named: Option<&str>) -> Bytes {
    if !body.is_empty() {
        return body;
    }
    let error_type = named.unwrap_or("Runtime.Unknown");
    serde_json::json!({ "errorType": error_type, "errorMessage": "" }).to_string().into()
}

/// The document of a response that came in pieces and broke off without a word.
pub fn truncated() -> Bytes {
    let message = "The runtime's response was cut off before its end.";
    serde_json::json!({ "errorType": "Runtime.TruncatedResponse", "errorMessage": message })
        .to_string()
        .into()
}

/// Of a streamed response that broke off: the body trailer holds the document in base64.
pub fn error_of_trailers(trailers: &HeaderMap) -> Bytes {
    let text = |name: &str| trailers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text(ERROR_BODY));
    error_document(body.unwrap_or_default().into(), Some(text(ERROR_TYPE)))
}

fn error(status: StatusCode, error_type: &str, message: &str) -> Answer {
    let body = serde_json::json!({ "errorMessage": message, "errorType": error_type });
    answer(status, body.to_string().into())
}

fn answer(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    answer
}
