//! The ends that the platform tells, not the function: the documents that Lambda answers with.

use std::time::Duration;

use bytes::Bytes;
use model::InvocationId;
use serde::Deserialize;

use crate::FunctionError;

/// Of a request or an answer of a synchronous call, in bytes: 6 MB as AWS spells it in its own error message.
pub const PAYLOAD: usize = 6_291_556;

/// Of a response that comes in pieces, in bytes. AWS: "Lambda quotas", 200 MB.
pub const STREAMED: u64 = 200 * 1024 * 1024;

/// The call took longer than `limit`.
pub fn timed_out(invocation: InvocationId, limit: Duration) -> FunctionError {
    let seconds = limit.as_secs_f64();
    told(invocation, "Sandbox.Timedout", &format!("Task timed out after {seconds:.2} seconds"))
}

/// The answer is longer than any may be.
pub fn response_too_large() -> FunctionError {
    let message = format!("Response payload size exceeded maximum allowed payload size ({} bytes).", PAYLOAD);
    document("Function.ResponseSizeTooLarge", &message)
}

/// A response that came in pieces is longer than any may be.
pub fn stream_too_large() -> FunctionError {
    let message = format!("Response payload size exceeded maximum allowed payload size ({STREAMED} bytes).");
    document("Function.ResponseSizeTooLarge", &message)
}

/// What a guest reported, as it is; its type is read out of it.
pub fn reported(payload: Bytes) -> FunctionError {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Document {
        error_type: Option<String>,
    }
    let error_type =
        serde_json::from_slice::<Document>(&payload).ok().and_then(|document| document.error_type);
    FunctionError { kind: "Unhandled", error_type: error_type.unwrap_or_default(), payload }
}

/// In the words of the platform: `message` behind the request's id.
pub fn told(invocation: InvocationId, error_type: &str, message: &str) -> FunctionError {
    document(error_type, &format!("RequestId: {invocation} Error: {message}"))
}

fn document(error_type: &str, message: &str) -> FunctionError {
    let payload = serde_json::json!({ "errorType": error_type, "errorMessage": message });
    FunctionError {
        kind: "Unhandled",
        error_type: error_type.to_owned(),
        payload: payload.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_out_is_told_with_its_limit() {
        let id = InvocationId::from_bytes([0; 16]);
        let error = timed_out(id, Duration::from_secs(3));
        assert_eq!(error.error_type, "Sandbox.Timedout");
        let document: serde_json::Value = serde_json::from_slice(&error.payload).unwrap();
        let message = document["errorMessage"].as_str().unwrap().replace(&id.to_string(), "ID");
        assert_eq!(message, "RequestId: ID Error: Task timed out after 3.00 seconds");
    }

    #[test]
    fn a_reported_document_is_passed_on_whatever_it_is() {
        assert_eq!(reported(Bytes::from_static(br#"{"errorType":"ValueError"}"#)).error_type, "ValueError");
        for odd in ["", "[]", "{", r#"{"errorType":3}"#] {
            let error = reported(Bytes::from_static(odd.as_bytes()));
            assert_eq!((error.error_type.as_str(), &error.payload[..]), ("", odd.as_bytes()), "{odd}");
        }
    }
}
