//! What the drivers have in common: taking the body in, and telling failures.

use bytes::Bytes;
use model::{Failure, Fault, Internal, RequestId};
use serde_json::{Map, Value};
use wire::{Body, BodyError};

/// The whole body, up to a limit.
pub async fn body(body: Body, limit: usize, operation: &str) -> Result<Bytes, Failure> {
    match wire::collect(body, limit).await {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(Fault::new(
            "RequestEntityTooLargeException",
            413,
            format!("Request must be smaller than {limit} bytes for the {operation} operation"),
        )
        .member("Type", "User")
        .into()),
        Err(BodyError::Fault(fault)) => Err(fault.into()),
        Err(BodyError::Internal(internal)) => Err(internal.into()),
        // Nobody is there to be told.
        Err(BodyError::Disconnected) => {
            Err(Fault::new("RequestTimeout", 400, "The request was cut off.").into())
        }
    }
}

/// The body as a JSON object; nothing is the empty one.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("Unexpected token: expected a JSON object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// What the caller is told. Our own errors go to the log, here and only here.
pub fn fault_of(failure: Failure, operation: &str, request_id: &RequestId, code: &'static str) -> Fault {
    match failure {
        Failure::Fault(fault) => fault,
        Failure::Internal(internal) => {
            log(&internal, operation, request_id);
            Fault::new(code, 500, "An internal error occurred. Please retry later.")
        }
    }
}

fn log(internal: &Internal, operation: &str, request_id: &RequestId) {
    tracing::error!(error = %internal, operation, request = %request_id, "an operation failed");
}
