//! Events as requests of HTTP, and answers of HTTP as answers of a function: as function URLs have them.
//! Source: AWS Lambda developer guide, "Request and response payloads", format 2.0.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::{Value, json};

/// Who is asked, where the event names nobody.
const HOST: &str = "function";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    request_context: Context,
    raw_path: String,
    raw_query_string: String,
    headers: BTreeMap<String, String>,
    cookies: Vec<String>,
    body: String,
    is_base64_encoded: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Context {
    http: Option<Http>,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

/// The request that an event tells of. An event of another kind is the body of a POST. Fails with a sentence for people.
pub fn request(event: &Bytes) -> Result<Request<Full<Bytes>>, String> {
    let told: Event = serde_json::from_slice(event).unwrap_or_default();
    let Some(Http { method }) = &told.request_context.http else {
        let request = Request::post("/").header("host", HOST).header("content-type", "application/json");
        return request.body(Full::new(event.clone())).map_err(|error| error.to_string());
    };
    let method = Method::from_bytes(method.as_bytes()).map_err(|error| error.to_string())?;
    let query = if told.raw_query_string.is_empty() { "" } else { "?" };
    let path = if told.raw_path.is_empty() { "/" } else { &told.raw_path };
    let mut request =
        Request::builder().method(method).uri(format!("{path}{query}{}", told.raw_query_string));
    for (name, value) in &told.headers {
        request = request.header(name, value);
    }
    if !told.headers.keys().any(|name| name.eq_ignore_ascii_case("host")) {
        request = request.header("host", HOST);
    }
    if !told.cookies.is_empty() {
        request = request.header("cookie", told.cookies.join("; "));
    }
    let body = if told.is_base64_encoded {
        STANDARD.decode(&told.body).map_err(|error| format!("the body is no base64: {error}"))?
    } else {
        told.body.into_bytes()
    };
    request.body(Full::new(body.into())).map_err(|error| error.to_string())
}

/// The document that tells of an answer.
pub fn answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Bytes {
    let mut shown: BTreeMap<&str, String> = BTreeMap::new();
    let mut cookies = Vec::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if name == http::header::SET_COOKIE {
            cookies.push(value);
        } else {
            shown.entry(name.as_str()).and_modify(|all| *all = format!("{all},{value}")).or_insert(value);
        }
    }
    let text = std::str::from_utf8(body);
    let encoded = text.is_err();
    let body = text.map_or_else(|_| STANDARD.encode(body), str::to_owned);
    let mut document =
        json!({ "statusCode": status.as_u16(), "headers": shown, "body": body, "isBase64Encoded": encoded });
    if !cookies.is_empty() {
        document["cookies"] = Value::from(cookies);
    }
    document.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_become_requests() {
        for (event, method, uri, headers) in [
            (r#"{"a":1}"#, "POST", "/", r#"{"host": "function", "content-type": "application/json"}"#),
            ("17", "POST", "/", r#"{"host": "function", "content-type": "application/json"}"#),
            (
                r#"{"requestContext":{"http":{"method":"PUT"}},"rawPath":"/a","rawQueryString":"b=c","headers":{"Host":"h"}}"#,
                "PUT",
                "/a?b=c",
                r#"{"host": "h"}"#,
            ),
            (
                r#"{"requestContext":{"http":{"method":"GET"}},"cookies":["a=b","c=d"]}"#,
                "GET",
                "/",
                r#"{"host": "function", "cookie": "a=b; c=d"}"#,
            ),
        ] {
            let request = request(&Bytes::copy_from_slice(event.as_bytes())).unwrap();
            let told =
                (request.method().as_str(), request.uri().to_string(), format!("{:?}", request.headers()));
            assert_eq!(told, (method, uri.to_owned(), headers.to_owned()), "{event}");
        }
        let wrong = r#"{"requestContext":{"http":{"method":"A B"}}}"#;
        assert!(request(&Bytes::from_static(wrong.as_bytes())).is_err());
    }

    #[test]
    fn answers_become_documents() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("x", "1"), ("x", "2"), ("set-cookie", "a=b")] {
            headers.append(name, value.parse().unwrap());
        }
        for (body, shown, encoded) in [(&b"text"[..], "text", false), (&[255], "/w==", true)] {
            let told: Value = serde_json::from_slice(&answer(StatusCode::CREATED, &headers, body)).unwrap();
            let expected = json!({
                "statusCode": 201, "headers": { "x": "1,2" }, "cookies": ["a=b"], "body": shown,
                "isBase64Encoded": encoded,
            });
            assert_eq!(told, expected);
        }
    }
}
