//! The HTTP answer that a function's result means.
//! Source: Lambda developer guide, "Invoking Lambda function URLs", response payload format.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, SET_COOKIE, TRANSFER_ENCODING};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

/// What the client gets.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The result says something that is no answer.
#[derive(Debug)]
pub struct Malformed;

/// AWS: a result without a status is the body of a success.
pub fn of(result: &Bytes) -> Result<Answer, Malformed> {
    let value: Value = serde_json::from_slice(result).map_err(|_| Malformed)?;
    match value {
        Value::Object(members) if members.contains_key("statusCode") => said(&members),
        Value::String(text) => Ok(inferred(text.into())),
        _ => Ok(inferred(result.clone())),
    }
}

fn inferred(body: Bytes) -> Answer {
    Answer { status: StatusCode::OK, headers: with_type(HeaderMap::new()), body }
}

fn said(members: &Map<String, Value>) -> Result<Answer, Malformed> {
    let (status, headers) = head(members)?;
    let headers = with_type(headers);
    let text = match members.get("body") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(_) => return Err(Malformed),
    };
    let body = match members.get("isBase64Encoded").and_then(Value::as_bool) {
        Some(true) => STANDARD.decode(text).map_err(|_| Malformed)?.into(),
        _ => Bytes::copy_from_slice(text.as_bytes()),
    };
    Ok(Answer { status, headers, body })
}

/// Status, headers and cookies, which the beginning of a streamed answer has too.
pub fn head(members: &Map<String, Value>) -> Result<(StatusCode, HeaderMap), Malformed> {
    let status = match members.get("statusCode") {
        None => 200,
        Some(Value::Number(number)) => number.as_u64().ok_or(Malformed)?,
        Some(Value::String(text)) => text.parse().map_err(|_| Malformed)?,
        Some(_) => return Err(Malformed),
    };
    let status = u16::try_from(status).ok().filter(|status| (200..600).contains(status)).ok_or(Malformed)?;
    let mut headers = HeaderMap::new();
    match members.get("headers") {
        None | Some(Value::Null) => {}
        Some(Value::Object(all)) => {
            for (name, value) in all {
                let name = HeaderName::try_from(name.as_str()).map_err(|_| Malformed)?;
                // How long a body is and how it is sent is told by who sends it.
                if name != CONTENT_LENGTH && name != TRANSFER_ENCODING {
                    headers.insert(name, header(value)?);
                }
            }
        }
        Some(_) => return Err(Malformed),
    }
    for cookie in members.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        headers.append(SET_COOKIE, header(cookie)?);
    }
    Ok((StatusCode::from_u16(status).map_err(|_| Malformed)?, headers))
}

fn header(value: &Value) -> Result<HeaderValue, Malformed> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return Err(Malformed),
    };
    HeaderValue::try_from(text).map_err(|_| Malformed)
}

fn with_type(mut headers: HeaderMap) -> HeaderMap {
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(result: &str) -> String {
        match of(&Bytes::from(result.to_owned())) {
            Ok(answer) => {
                let headers = answer.headers.iter();
                let headers: String =
                    headers.map(|(name, value)| format!(" {name}={}", value.to_str().unwrap())).collect();
                format!("{}{headers} {}", answer.status.as_u16(), String::from_utf8_lossy(&answer.body))
            }
            Err(Malformed) => "malformed".to_owned(),
        }
    }

    #[test]
    fn results_become_answers() {
        let json = "content-type=application/json";
        for (result, expected) in [
            (r#""hello""#, format!("200 {json} hello")),
            (r#"{"a": 1}"#, format!(r#"200 {json} {{"a": 1}}"#)),
            ("null", format!("200 {json} null")),
            ("[1]", format!("200 {json} [1]")),
            (r#"{"statusCode": 204}"#, format!("204 {json} ")),
            (r#"{"statusCode": "201", "body": "x"}"#, format!("201 {json} x")),
            (
                r#"{"statusCode": 302, "headers": {"Location": "/a", "X-Count": 3, "Content-Type": "text/plain", "Content-Length": 9},
                   "cookies": ["a=1", "b=2"], "body": null}"#,
                "302 location=/a x-count=3 content-type=text/plain set-cookie=a=1 set-cookie=b=2 ".to_owned(),
            ),
            (r#"{"statusCode": 200, "body": "aGk=", "isBase64Encoded": true}"#, format!("200 {json} hi")),
            (r#"{"statusCode": 200, "body": "!", "isBase64Encoded": true}"#, "malformed".to_owned()),
            (r#"{"statusCode": 200, "body": {"a": 1}}"#, "malformed".to_owned()),
            (r#"{"statusCode": 99}"#, "malformed".to_owned()),
            (r#"{"statusCode": 1000}"#, "malformed".to_owned()),
            (r#"{"statusCode": null}"#, "malformed".to_owned()),
            (r#"{"statusCode": 200, "headers": {"a b": "c"}}"#, "malformed".to_owned()),
            (r#"{"statusCode": 200, "headers": {"a": ["c"]}}"#, "malformed".to_owned()),
            ("not json", "malformed".to_owned()),
        ] {
            assert_eq!(told(result), expected, "{result}");
        }
    }
}
