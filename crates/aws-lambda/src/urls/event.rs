//! The event that a request to a function URL is: payload format 2.0.
//! Source: Lambda developer guide, "Invoking Lambda function URLs", request payload format.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, COOKIE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, Version};
use model::{Caller, Identity};
use serde_json::{Map, Value, json};
use service::Call;
use wire::sigv4;

use super::address::Address;

/// Of one connection alone.
const HOP_BY_HOP: [&str; 6] = ["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// The document that the function gets.
pub fn of(
    call: &Call,
    address: &Address<'_>,
    head: &Parts,
    caller: Option<&Caller>,
    trace: &str,
    body: &[u8],
) -> Value {
    let query = head.uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": address.path,
        "rawQueryString": query,
        "headers": headers(call, head, trace),
        "requestContext": context(call, address, head, caller),
        "isBase64Encoded": false,
    });
    let cookies: Vec<_> = cookies(&head.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !query.is_empty() {
        let mut parameters = Map::new();
        wire::query_pairs(query).into_iter().for_each(|(name, value)| join(&mut parameters, name, &value));
        event["queryStringParameters"] = Value::Object(parameters);
    }
    if !body.is_empty() {
        let text = std::str::from_utf8(body).ok().filter(|_| is_text(&head.headers));
        event["isBase64Encoded"] = json!(text.is_none());
        event["body"] = text.map_or_else(|| json!(STANDARD.encode(body)), |text| json!(text));
    }
    event
}

/// AWS: these are handed on as they are, all others in base64, forms too.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"].contains(&kind.as_str())
        || (kind.starts_with("application/") && (kind.ends_with("+json") || kind.ends_with("+xml")))
}

/// AWS: what comes more than once is one text with commas.
fn join(to: &mut Map<String, Value>, name: String, value: &str) {
    let joined = match to.get(&name).and_then(Value::as_str) {
        Some(before) => format!("{before},{value}"),
        None => value.to_owned(),
    };
    to.insert(name, json!(joined));
}

fn headers(call: &Call, head: &Parts, trace: &str) -> Value {
    let mut shown = Map::new();
    for (name, value) in &head.headers {
        if !HOP_BY_HOP.contains(&name.as_str()) {
            join(&mut shown, name.as_str().to_owned(), &String::from_utf8_lossy(value.as_bytes()));
        }
    }
    let (scheme, authority) = call.origin.split_once("://").unwrap_or(("http", ""));
    let port =
        authority.rsplit_once(':').map_or(if scheme == "https" { "443" } else { "80" }, |(_, port)| port);
    shown.insert("x-amzn-trace-id".to_owned(), json!(trace));
    shown.insert("x-forwarded-proto".to_owned(), json!(scheme));
    shown.insert("x-forwarded-port".to_owned(), json!(port));
    if let Some(source) = call.source {
        join(&mut shown, "x-forwarded-for".to_owned(), &source.to_string());
    }
    Value::Object(shown)
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';'))
        .map(|cookie| cookie.trim().to_owned())
        .filter(|one| !one.is_empty())
        .collect()
}

fn context(call: &Call, address: &Address<'_>, head: &Parts, caller: Option<&Caller>) -> Value {
    let agent = head.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let protocol = if head.version == Version::HTTP_2 { "HTTP/2.0" } else { "HTTP/1.1" };
    // A call out of a sandbox comes by no network.
    let source = call.source.map_or_else(|| "127.0.0.1".to_owned(), |source| source.to_string());
    let mut context = json!({
        "accountId": caller.map_or("anonymous", |caller| caller.account.as_str()),
        "apiId": address.id,
        "domainName": address.host,
        "domainPrefix": address.id,
        "http": {
            "method": head.method.as_str(),
            "path": address.path,
            "protocol": protocol,
            "sourceIp": source,
            "userAgent": agent,
        },
        "requestId": call.request_id.to_string(),
        "routeKey": "$default",
        "stage": "$default",
        "time": call.time.format("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": call.time.as_millis(),
    });
    if let Some(caller) = caller {
        context["authorizer"] = json!({ "iam": identity(caller, head) });
    }
    context
}

fn identity(caller: &Caller, head: &Parts) -> Value {
    let claim = sigv4::read(head.uri.query().unwrap_or_default(), &head.headers).ok().flatten();
    let id = match &caller.identity {
        Identity::Session { role_id, session_name, .. } => format!("{role_id}:{session_name}"),
        _ => caller.account.as_str().to_owned(),
    };
    json!({
        "accessKey": claim.map(|claim| claim.access_key_id),
        "accountId": caller.account,
        "callerId": id,
        "cognitoIdentity": null,
        "principalOrgId": null,
        "userArn": caller.arn(),
        "userId": id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_text_are_handed_on_as_text() {
        for (kind, text) in [
            ("text/plain", true),
            ("text/html; charset=utf-8", true),
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/problem+json", true),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
            ("image/png", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
            assert_eq!(is_text(&headers), text, "{kind}");
        }
    }

    #[test]
    fn cookies_are_taken_apart_and_repeated_values_joined() {
        let headers = HeaderMap::from_iter([(COOKIE, "a=1; b=2".parse().unwrap())]);
        assert_eq!(cookies(&headers), ["a=1", "b=2"]);
        let mut parameters = Map::new();
        for (name, value) in wire::query_pairs("p=1&p=2&q=%20x&r") {
            join(&mut parameters, name, &value);
        }
        assert_eq!(Value::Object(parameters), json!({ "p": "1,2", "q": " x", "r": "" }));
    }
}
