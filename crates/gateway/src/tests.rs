//! Requests as clients send them, against a service that tells what reached it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use iam::{Iam, RootKey};
use model::{AccountId, Fault, Permission, Region, RequestId, Time};
use service::{Call, Protocol, Service};
use store::MemoryTable;
use tasks::{Clock, Tasks};
use wire::sigv4::{Signer, presign, sign};
use wire::{Request, Response, VirtualHost, body_of};

use crate::peer::Peer;
use crate::{Gateway, Settings};

const HOST_NAME: &str = "127.0.0.1:4566";
const NOW: i64 = 1_795_448_000_000;

/// Says who called, what for, and what the body was.
struct Echo(&'static str, Protocol);

#[async_trait]
impl Service for Echo {
    fn signing_name(&self) -> &'static str {
        self.0
    }

    fn protocol(&self) -> Protocol {
        self.1
    }

    fn is_open(&self, _: &http::request::Parts) -> bool {
        self.1 == Protocol::RestXml
    }

    fn claims(&self, head: &http::request::Parts) -> bool {
        head.uri.path().starts_with("/2015-03-31/") && self.0 == "lambda"
    }

    async fn handle(&self, call: Call, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let allowed = call.authority.allow(&call, &Permission::new("s3:GetObject", "arn:aws:s3:::b/k")).await;
        let body = match wire::collect(body, 1 << 20).await {
            Ok(Some(body)) => String::from_utf8_lossy(&body).into_owned(),
            other => format!("{other:?}"),
        };
        let bucket = head.extensions.get::<VirtualHost>().map(|host| host.0.clone()).unwrap_or_default();
        let caller = iam::named(&call.caller);
        let told = format!(
            "{} {caller} {} {} {bucket} {body} {}",
            self.0,
            call.region,
            head.uri.path(),
            allowed.is_ok()
        );
        Response::new(body_of(told))
    }

    fn refuse(&self, fault: &Fault, _: &RequestId) -> Response {
        let mut response = Response::new(body_of(format!("{}: {}", fault.code, fault.message)));
        *response.status_mut() = StatusCode::from_u16(fault.status).unwrap();
        response
    }
}

pub struct Door(pub Gateway);

impl Door {
    pub fn new() -> Self {
        let clock = Clock::manual(Time::from_millis(NOW));
        let key = RootKey {
            id: "AKIDEXAMPLE".to_owned(),
            secret: "secret".to_owned(),
            account: AccountId::default_account(),
        };
        let iam = Iam::new(Arc::new(MemoryTable::new()), clock.clone(), vec![key]);
        let settings = Settings { domains: vec!["localhost".to_owned()], region: Region::default() };
        let gateway = Gateway::new(settings, iam, clock, Tasks::new());
        gateway.open(vec![
            Arc::new(Echo("lambda", Protocol::RestJson)),
            Arc::new(Echo("logs", Protocol::AwsJson11)),
            Arc::new(Echo("sts", Protocol::AwsQuery)),
            Arc::new(Echo("s3", Protocol::RestXml)),
        ]);
        Self(gateway)
    }

    async fn ask(&self, asked: Asked) -> String {
        let peer = Peer::Outside("127.0.0.1".parse().unwrap());
        let is_s3 = asked.service == "s3";
        let response = self.0.answer(asked.request(), &peer).await;
        assert!(response.headers().contains_key("x-amzn-requestid") != is_s3, "S3 has ids of its own");
        let status = response.status().as_u16();
        let body = wire::collect(response.into_body(), 1 << 20).await.unwrap().unwrap();
        format!("{status} {}", String::from_utf8_lossy(&body))
    }
}

/// A signed request and how it is spoiled after signing.
pub struct Asked {
    service: &'static str,
    method: Method,
    path: &'static str,
    query: &'static str,
    host: &'static str,
    signer: Signer,
    time: i64,
    body: &'static str,
    hash_header: bool,
    spoil: fn(&mut HeaderMap, &mut String),
}

pub fn get(service: &'static str, path: &'static str) -> Asked {
    let signer = Signer {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "secret".to_owned(),
        session_token: None,
        region: "eu-west-1".to_owned(),
    };
    Asked {
        service,
        method: Method::GET,
        path,
        query: "",
        host: HOST_NAME,
        signer,
        time: NOW,
        body: "",
        hash_header: true,
        spoil: |_, _| {},
    }
}

impl Asked {
    pub fn request(self) -> Request {
        let mut headers = HeaderMap::new();
        let time = Time::from_millis(self.time);
        let head = (&self.method, self.path, self.query, self.host);
        sign(&self.signer, self.service, time, head, &mut headers, self.body.as_bytes());
        if !self.hash_header {
            headers.remove("x-amz-content-sha256");
        }
        headers.insert(HOST, HeaderValue::from_static(self.host));
        let mut target = if self.query.is_empty() {
            self.path.to_owned()
        } else {
            format!("{}?{}", self.path, self.query)
        };
        (self.spoil)(&mut headers, &mut target);
        let mut request = Request::new(body_of(Bytes::from_static(self.body.as_bytes())));
        *request.method_mut() = self.method;
        *request.uri_mut() = target.parse().unwrap();
        *request.headers_mut() = headers;
        request
    }
}

async fn check(asked: Asked, expected: &str) {
    let told = Door::new().ask(asked).await;
    assert!(told.starts_with(expected), "{told}\n  is not\n{expected}");
}

#[tokio::test]
async fn a_signed_request_reaches_its_service() {
    let root = "arn:aws:iam::000000000000:root";
    check(
        get("lambda", "/2015-03-31/functions/"),
        &format!("200 lambda {root} eu-west-1 /2015-03-31/functions/"),
    )
    .await;
    check(
        Asked { query: "b=2&a=1%20x", ..get("s3", "/b/k%20k") },
        &format!("200 s3 {root} eu-west-1 /b/k%20k"),
    )
    .await;
    let body = Asked { method: Method::POST, body: "{\"a\":1}", ..get("logs", "/") };
    check(body, &format!("200 logs {root} eu-west-1 /  {{\"a\":1}} true")).await;
}

#[tokio::test]
async fn wrong_signatures_are_told_as_each_protocol_tells_them() {
    let wrong = |service| {
        let mut asked = get(service, "/");
        asked.signer.secret_access_key = "other".to_owned();
        asked
    };
    check(wrong("lambda"), "403 InvalidSignatureException: The request signature we calculated").await;
    check(wrong("logs"), "400 InvalidSignatureException: ").await;
    check(wrong("sts"), "403 SignatureDoesNotMatch: ").await;
    check(wrong("s3"), "403 SignatureDoesNotMatch: ").await;
}

#[tokio::test]
async fn unknown_keys_are_told_as_each_protocol_tells_them() {
    let unknown = |service| {
        let mut asked = get(service, "/");
        asked.signer.access_key_id = "AKIDNOBODY".to_owned();
        asked
    };
    check(unknown("lambda"), "403 UnrecognizedClientException: The security token").await;
    check(unknown("logs"), "400 UnrecognizedClientException: ").await;
    check(unknown("sts"), "403 InvalidClientTokenId: ").await;
    check(unknown("s3"), "403 InvalidAccessKeyId: ").await;
    let mut token = get("s3", "/");
    token.signer.session_token = Some("made up".to_owned());
    check(token, "400 InvalidToken: ").await;
}

#[tokio::test]
async fn clocks_may_differ_a_little() {
    let minutes = |service, minutes: i64| Asked { time: NOW + minutes * 60_000, ..get(service, "/") };
    check(minutes("lambda", -4), "200").await;
    check(minutes("lambda", -6), "403 InvalidSignatureException: Signature expired: ").await;
    check(minutes("lambda", 6), "403 InvalidSignatureException: Signature not yet current: ").await;
    check(minutes("s3", -14), "200").await;
    check(minutes("s3", -16), "403 RequestTimeTooSkewed: ").await;
}

#[tokio::test]
async fn what_was_not_signed_or_changed_is_refused() {
    check(
        Asked {
            spoil: |headers, _| {
                headers.insert("x-amz-acl", HeaderValue::from_static("public-read"));
            },
            ..get("s3", "/b")
        },
        "403 AccessDenied: There were headers present",
    )
    .await;
    check(
        Asked { spoil: |_, target| target.push_str("?x=1"), ..get("s3", "/b") },
        "403 SignatureDoesNotMatch",
    )
    .await;
    check(Asked { hash_header: false, ..get("s3", "/b") }, "400 InvalidRequest: Missing required header")
        .await;
    let spoiled_body = Asked {
        method: Method::PUT,
        body: "hello",
        spoil: |headers, _| {
            headers.insert("x-amz-content-sha256", HeaderValue::from_static("UNSIGNED-PAYLOAD"));
        },
        ..get("s3", "/b/k")
    };
    check(spoiled_body, "403 SignatureDoesNotMatch").await;
}

#[tokio::test]
async fn malformed_authorizations_are_told() {
    let header = || Asked {
        spoil: |headers, _| {
            headers.insert("authorization", HeaderValue::from_static("AWS4-HMAC-SHA256 Credential=x"));
        },
        ..get("s3", "/")
    };
    check(header(), "400 AuthorizationHeaderMalformed: ").await;
    let other = Asked {
        spoil: |headers, _| {
            headers.insert("authorization", HeaderValue::from_static("Basic eDp5"));
        },
        ..get("s3", "/")
    };
    check(other, "400 InvalidArgument: Unsupported Authorization Type").await;
    let older = Asked {
        spoil: |headers, _| {
            headers.insert("authorization", HeaderValue::from_static("AWS AKIDEXAMPLE:eDp5"));
        },
        ..get("s3", "/")
    };
    check(older, "400 InvalidRequest: The authorization mechanism you have provided is not supported.").await;
}

#[tokio::test]
async fn presigned_urls_hold_until_they_end() {
    let door = Door::new();
    let ask = async |at: i64, lasting: u64| {
        let signer = get("s3", "/").signer;
        let url =
            presign(&signer, "s3", Time::from_millis(at), "/b/k", HOST_NAME, Duration::from_secs(lasting));
        let mut request = Request::new(body_of(Bytes::new()));
        *request.uri_mut() = url.parse().unwrap();
        request.headers_mut().insert(HOST, HeaderValue::from_static(HOST_NAME));
        let response = door.0.answer(request, &Peer::Outside("127.0.0.1".parse().unwrap())).await;
        response.status().as_u16()
    };
    assert_eq!(ask(NOW - 3_500_000, 3_600).await, 200);
    assert_eq!(ask(NOW - 3_700_000, 3_600).await, 403);
    assert_eq!(ask(NOW, 604_801).await, 400);
}

#[tokio::test]
async fn urls_presigned_by_version_2_hold_until_they_end() {
    let door = Door::new();
    let ask = async |host: &'static str, path: &str, expires: i64, signature: &str| {
        let mut request = Request::new(body_of(Bytes::new()));
        let url = format!("{path}?AWSAccessKeyId=AKIDEXAMPLE&Signature={signature}&Expires={expires}");
        *request.uri_mut() = url.parse().unwrap();
        request.headers_mut().insert(HOST, HeaderValue::from_static(host));
        let response = door.0.answer(request, &Peer::Outside("127.0.0.1".parse().unwrap())).await;
        let body = wire::collect(response.into_body(), 1 << 20).await.unwrap().unwrap();
        String::from_utf8_lossy(&body).into_owned()
    };
    // Made by botocore.
    let (ends, signature) = (NOW / 1000 + 60, "GkhM9E175jNwDG6sn0K6yro34dU%3D");
    let fine = "s3 arn:aws:iam::000000000000:root us-east-1 /b/k";
    let told = ask(HOST_NAME, "/b/k", ends, signature).await;
    assert!(told.starts_with(fine), "{told}");
    let told = ask("b.s3.localhost", "/k", ends, signature).await;
    assert!(told.starts_with(fine), "{told}");
    let told = ask(HOST_NAME, "/b/other", ends, signature).await;
    assert!(told.starts_with("SignatureDoesNotMatch: The request signature we calculated"), "{told}");
    let told = ask(HOST_NAME, "/b/k", ends - 61, signature).await;
    assert_eq!(told, "AccessDenied: Request has expired");
    let told = ask(HOST_NAME, "/b/k", ends, "").await;
    assert!(told.starts_with("SignatureDoesNotMatch"), "{told}");
    let told = ask("lambda.localhost", "/2015-03-31/functions", ends, signature).await;
    assert!(told.starts_with("MissingAuthenticationTokenException"), "{told}");
}

#[tokio::test]
async fn hosts_and_heads_name_services_of_unsigned_requests() {
    let door = Door::new();
    let ask = async |host: &'static str, path: &'static str| {
        let mut request = Request::new(body_of(Bytes::new()));
        *request.uri_mut() = path.parse().unwrap();
        request.headers_mut().insert(HOST, HeaderValue::from_static(host));
        let response = door.0.answer(request, &Peer::Outside("127.0.0.1".parse().unwrap())).await;
        let body = wire::collect(response.into_body(), 1 << 20).await.unwrap().unwrap();
        String::from_utf8_lossy(&body).into_owned()
    };
    assert_eq!(
        ask("photos.s3.localhost:4566", "/a.jpg").await,
        "s3 anonymous us-east-1 /photos/a.jpg photos  false"
    );
    assert_eq!(
        ask("photos.localhost", "/?list-type=2").await,
        "s3 anonymous us-east-1 /photos/ photos  false"
    );
    assert_eq!(ask(HOST_NAME, "/photos/a.jpg").await, "s3 anonymous us-east-1 /photos/a.jpg   false");
    assert!(ask(HOST_NAME, "/2015-03-31/functions").await.starts_with("MissingAuthenticationTokenException"));
    assert!(ask("logs.localhost", "/").await.starts_with("MissingAuthenticationTokenException"));
}

#[tokio::test]
async fn bodies_of_unsigned_requests_are_checked_and_unwrapped() {
    let door = Door::new();
    let hash = wire::sigv4::sha256_hex(b"hello");
    for (said, body, expected) in [
        ("", "hello", "s3 anonymous us-east-1 /b/k  hello false"),
        ("UNSIGNED-PAYLOAD", "hello", "s3 anonymous us-east-1 /b/k  hello false"),
        (
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "5\r\nhello\r\n0\r\n\r\n",
            "s3 anonymous us-east-1 /b/k  hello false",
        ),
        (&hash, "hello", "s3 anonymous us-east-1 /b/k  hello false"),
        (
            &hash,
            "other",
            "s3 anonymous us-east-1 /b/k  Err(Fault(Fault { code: \"XAmzContentSHA256Mismatch\"",
        ),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0\r\n\r\n", "InvalidArgument: x-amz-content-sha256 must be"),
        ("x", "hello", "InvalidArgument: x-amz-content-sha256 must be"),
    ] {
        let mut request = Request::new(body_of(body.to_owned()));
        *request.method_mut() = Method::PUT;
        *request.uri_mut() = "/b/k".parse().unwrap();
        request.headers_mut().insert(HOST, HeaderValue::from_static(HOST_NAME));
        request.headers_mut().insert("x-amz-decoded-content-length", HeaderValue::from_static("5"));
        if !said.is_empty() {
            request.headers_mut().insert("x-amz-content-sha256", said.parse().unwrap());
        }
        let response = door.0.answer(request, &Peer::Outside("127.0.0.1".parse().unwrap())).await;
        let bytes = wire::collect(response.into_body(), 1 << 20).await.unwrap().unwrap();
        let told = String::from_utf8_lossy(&bytes);
        assert!(told.starts_with(expected), "{said} {told}");
    }
}

#[tokio::test]
async fn a_service_that_is_not_built_says_so_by_name() {
    let told = Door::new().ask(get("dynamodb", "/")).await;
    assert!(told.starts_with("501 ") && told.contains("dynamodb"), "{told}");
}
