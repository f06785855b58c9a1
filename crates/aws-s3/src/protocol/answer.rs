//! Answers, and the spelling of faults.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, StatusCode};
use model::{Failure, Fault, RequestId};
use sha2::{Digest, Sha256};
use wire::{Body, Response, body_of, empty_body};

use super::xml::Element;
use crate::faults;

/// An answer being made.
pub struct Answer(Response);

impl Answer {
    /// An answer without a body.
    pub fn new(status: u16) -> Self {
        let mut response = Response::new(empty_body());
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self(response)
    }

    /// 200 with a document.
    pub fn xml(element: &Element) -> Self {
        Self::new(200).header("content-type", "application/xml").body(body_of(element.document()))
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        // What cannot be a header was never one: values come from headers, or are ours.
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
        {
            self.0.headers_mut().append(name, value);
        }
        self
    }

    #[must_use]
    pub fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    #[must_use]
    pub fn headers(self, headers: &[(String, String)]) -> Self {
        headers.iter().fold(self, |answer, (name, value)| answer.header(name, value))
    }

    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        *self.0.body_mut() = body;
        self
    }

    pub fn finish(self) -> Response {
        self.0
    }

    /// A failure as S3 spells it. What broke on our side is logged here and not told.
    pub fn failure(failure: &Failure, operation: &str, id: &RequestId) -> Self {
        match failure {
            Failure::Fault(fault) => Self::fault(fault, id),
            Failure::Internal(internal) => {
                tracing::error!(operation, request = %id, error = %internal, "an S3 operation failed");
                Self::fault(&faults::internal_error(), id)
            }
        }
    }

    fn fault(fault: &Fault, id: &RequestId) -> Self {
        let answer = Self::new(fault.status);
        let answer = fault.headers.iter().fold(answer, |answer, (name, value)| answer.header(name, value));
        if fault.status == 304 {
            return answer;
        }
        let mut error = Element::new("Error").text("Code", &fault.code).text("Message", &fault.message);
        for (name, value) in &fault.members {
            error = error.text(name, value);
        }
        let error = error.text("RequestId", request_id(id)).text("HostId", host_id(id));
        answer.header("content-type", "application/xml").body(body_of(error.document()))
    }

    /// With the headers that every answer of S3 has.
    #[must_use]
    pub fn identified(self, id: &RequestId) -> Self {
        self.header("x-amz-request-id", &request_id(id))
            .header("x-amz-id-2", &host_id(id))
            .header("server", "AmazonS3")
    }
}

/// S3's request ids are sixteen upper-case digits: the second half of ours, which is the random one.
fn request_id(id: &RequestId) -> String {
    id.to_string().replace('-', "")[16..].to_uppercase()
}

/// The "extended request id", opaque to clients.
fn host_id(id: &RequestId) -> String {
    STANDARD.encode(Sha256::digest(format!("host of {id}")).repeat(2))
}

/// Both ids by which an answer, and the events that follow from it, name the request.
pub fn answer_ids(id: &RequestId) -> (String, String) {
    (request_id(id), host_id(id))
}
