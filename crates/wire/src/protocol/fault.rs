//! Faults in the spelling of each protocol. S3's own is with S3.

use http::HeaderValue;
use http::header::CONTENT_TYPE;
use model::{Fault, RequestId};
use serde_json::{Map, Value};

use super::xml::escaped;
use crate::{Response, body_of};

/// restJson: the code in a header, the members in the body.
pub fn rest_json_fault(fault: &Fault) -> Response {
    let mut response = answer(fault, members(fault).to_string(), "application/json");
    if let Ok(code) = HeaderValue::from_str(&fault.code) {
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    response
}

/// awsJson: the code as `__type`. `version` as in `1.1`.
pub fn json_fault(fault: &Fault, version: &str) -> Response {
    let mut body = members(fault);
    body["__type"] = Value::from(&*fault.code);
    answer(fault, body.to_string(), &format!("application/x-amz-json-{version}"))
}

/// The query protocol, in the namespace of the service.
pub fn query_fault(fault: &Fault, namespace: &str, request_id: &RequestId) -> Response {
    let kind = if fault.status < 500 { "Sender" } else { "Receiver" };
    let (code, message) = (escaped(&fault.code), escaped(&fault.message));
    let body = format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    );
    answer(fault, body, "text/xml")
}

/// AWS: services disagree on how the message is spelled, and SDKs take either.
fn members(fault: &Fault) -> Value {
    let mut members = Map::new();
    for (name, value) in &fault.members {
        members.insert(name.to_string(), Value::from(value.as_str()));
    }
    let name = if fault.members.iter().any(|(name, _)| name == "Type") { "Message" } else { "message" };
    members.insert(name.to_owned(), Value::from(fault.message.as_str()));
    if name == "Message" {
        members.insert("message".to_owned(), Value::from(fault.message.as_str()));
    }
    Value::Object(members)
}

fn answer(fault: &Fault, body: String, kind: &str) -> Response {
    let mut response = Response::new(body_of(body));
    *response.status_mut() =
        http::StatusCode::from_u16(fault.status).unwrap_or(http::StatusCode::BAD_REQUEST);
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(CONTENT_TYPE, kind);
    }
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) =
            (http::HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            headers.insert(name, value);
        }
    }
    response
}
