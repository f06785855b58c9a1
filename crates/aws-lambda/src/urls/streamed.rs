//! Answers of function URLs that are passed on as they come.
//! Source: Lambda developer guide, "Response streaming for Lambda functions", and the official client for Node.js.

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use sandbox::Answer;
use wire::{Body, BodyError, Response};

use super::answer::{self, Malformed};
use crate::engine::Rest;
use crate::limits;

/// Of a response that begins with a document that says status, headers and cookies.
const HTTP_TYPE: &str = "application/vnd.awslambda.http-integration-response";
const DEFAULT_TYPE: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// What stands between that document and the body.
const DELIMITER: [u8; 8] = [0; 8];

/// What the client gets of a response of this content type.
pub async fn respond(content_type: &str, mut rest: Rest) -> Result<Response, Malformed> {
    let (status, mut headers, first) = if content_type.starts_with(HTTP_TYPE) {
        head(&mut rest).await?
    } else {
        let kind = HeaderValue::from_str(content_type).ok().filter(|kind| !kind.is_empty());
        let headers = kind.map(|kind| (CONTENT_TYPE, kind)).into_iter().collect();
        (StatusCode::OK, headers, Bytes::new())
    };
    headers.entry(CONTENT_TYPE).or_insert(DEFAULT_TYPE);
    let mut response = Response::new(body(first, rest));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Status and headers, and what of the body came with them.
async fn head(rest: &mut Rest) -> Result<(StatusCode, HeaderMap, Bytes), Malformed> {
    let mut held = BytesMut::new();
    loop {
        if let Some(read) = split(&held) {
            return read;
        }
        let more = rest.next().await.filter(|_| held.len() <= limits::PRELUDE_BYTES).ok_or(Malformed)?;
        held.extend_from_slice(&more);
    }
}

/// `None` when the document has not come whole.
fn split(held: &[u8]) -> Option<Result<(StatusCode, HeaderMap, Bytes), Malformed>> {
    let at = held.windows(DELIMITER.len()).position(|window| window == DELIMITER)?;
    let read = || {
        let members = serde_json::from_slice(&held[..at]).map_err(|_| Malformed)?;
        let (status, headers) = answer::head(&members)?;
        Ok((status, headers, Bytes::copy_from_slice(&held[at + DELIMITER.len()..])))
    };
    Some(read())
}

/// One that the function did not bring to its end is cut off.
fn body(first: Bytes, rest: Rest) -> Body {
    let begin = stream::iter((!first.is_empty()).then_some(Ok(first)));
    let pieces = stream::unfold(Some(rest), |rest| async move {
        let mut rest = rest?;
        if let Some(piece) = rest.next().await {
            return Some((Ok(piece), Some(rest)));
        }
        match rest.end().await.map(|ended| ended.answer) {
            Ok(Answer::Returned(_)) => None,
            Ok(Answer::Failed(_)) | Err(_) => Some((Err(BodyError::Disconnected), None)),
        }
    });
    StreamBody::new(begin.chain(pieces).map(|piece| piece.map(Frame::data))).boxed_unsync()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(held: &[u8]) -> String {
        match split(held) {
            None => "more".to_owned(),
            Some(Err(Malformed)) => "malformed".to_owned(),
            Some(Ok((status, headers, body))) => {
                format!("{} {} {}", status.as_u16(), headers.len(), String::from_utf8_lossy(&body))
            }
        }
    }

    #[test]
    fn a_document_goes_ahead_of_the_body() {
        for (held, expected) in [
            (&b""[..], "more"),
            (b"{\"statusCode\":201}\0\0\0\0", "more"),
            (b"{\"statusCode\":201}\0\0\0\0\0\0\0\0", "201 0 "),
            (b"{\"headers\":{\"a\":\"b\"},\"cookies\":[\"c=d\"]}\0\0\0\0\0\0\0\0body", "200 2 body"),
            (b"{}\0\0\0\0\0\0\0\0", "200 0 "),
            (b"[]\0\0\0\0\0\0\0\0", "malformed"),
            (b"{\"statusCode\":7}\0\0\0\0\0\0\0\0x", "malformed"),
        ] {
            assert_eq!(told(held), expected, "{held:?}");
        }
    }
}
