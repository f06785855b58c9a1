//! Table: one fault in the spelling of each protocol.

use expect_test::{Expect, expect};
use http_body_util::BodyExt;
use model::{Fault, RequestId};
use wire::Response;
use wire::protocol::{json_fault, query_fault, rest_json_fault, write_xml};

fn check(response: Response, expected: Expect) {
    let (head, body) = response.into_parts();
    let mut told = format!("{}\n", head.status.as_u16());
    for (name, value) in &head.headers {
        told.push_str(&format!("{name}: {}\n", value.to_str().expect("text")));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let body = runtime.block_on(body.collect()).expect("a body").to_bytes();
    told.push_str(std::str::from_utf8(&body).expect("text"));
    expected.assert_eq(&told);
}

fn missing() -> Fault {
    Fault::new("ResourceNotFoundException", 404, "Function not found: a\"b<c>&\u{1}")
}

fn throttled() -> Fault {
    let fault = Fault::new("TooManyRequestsException", 429, "Rate Exceeded.").member("Type", "User");
    fault.member("Reason", "ConcurrentInvocationLimitExceeded").header("Retry-After", "1")
}

/// What no header and no status can carry.
fn odd() -> Fault {
    Fault::new("Odd\nCode", 7, "").header("Bad Name", "x").header("Good-Name", "bad\nvalue")
}

#[test]
fn rest_json() {
    check(
        rest_json_fault(&missing()),
        expect![[r#"
        404
        content-type: application/json
        x-amzn-errortype: ResourceNotFoundException
        {"message":"Function not found: a\"b<c>&\u0001"}"#]],
    );
    check(
        rest_json_fault(&throttled()),
        expect![[r#"
        429
        content-type: application/json
        retry-after: 1
        x-amzn-errortype: TooManyRequestsException
        {"Type":"User","Reason":"ConcurrentInvocationLimitExceeded","Message":"Rate Exceeded.","message":"Rate Exceeded."}"#]],
    );
    check(
        rest_json_fault(&odd()),
        expect![[r#"
        400
        content-type: application/json
        {"message":""}"#]],
    );
}

#[test]
fn aws_json() {
    check(
        json_fault(&missing(), "1.1"),
        expect![[r#"
        404
        content-type: application/x-amz-json-1.1
        {"message":"Function not found: a\"b<c>&\u0001","__type":"ResourceNotFoundException"}"#]],
    );
    check(
        json_fault(&throttled(), "1.0"),
        expect![[r#"
        429
        content-type: application/x-amz-json-1.0
        retry-after: 1
        {"Type":"User","Reason":"ConcurrentInvocationLimitExceeded","Message":"Rate Exceeded.","message":"Rate Exceeded.","__type":"TooManyRequestsException"}"#]],
    );
}

#[test]
fn query() {
    let id = RequestId::from_bytes([7; 16]);
    check(
        query_fault(&missing(), "https://iam.amazonaws.com/doc/2010-05-08/", &id),
        expect![[r#"
        404
        content-type: text/xml
        <ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>ResourceNotFoundException</Code><Message>Function not found: a&quot;b&lt;c&gt;&amp;?</Message></Error><RequestId>07070707-0707-4707-8707-070707070707</RequestId></ErrorResponse>"#]],
    );
    let broken = Fault::new("ServiceFailure", 500, "An internal error occurred.");
    check(
        query_fault(&broken, "https://sts.amazonaws.com/doc/2011-06-15/", &id),
        expect![[r#"
        500
        content-type: text/xml
        <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Receiver</Type><Code>ServiceFailure</Code><Message>An internal error occurred.</Message></Error><RequestId>07070707-0707-4707-8707-070707070707</RequestId></ErrorResponse>"#]],
    );
}

#[test]
fn answers_of_the_query_protocol() {
    let value = serde_json::json!({
        "Role": { "Path": "/", "Text": "a&b <c> \"d\" \r\n\u{0}\u{ffff}é😀" },
        "Tags": [{ "Key": "k", "Value": null }, "bare", []], "Truncated": false, "Count": 3,
    });
    let mut xml = String::new();
    write_xml(&value, &mut xml);
    expect![[r#"
        <Role><Path>/</Path><Text>a&amp;b &lt;c&gt; &quot;d&quot; &#13;
        ??é😀</Text></Role><Tags><member><Key>k</Key></member><member>bare</member><member></member></Tags><Truncated>false</Truncated><Count>3</Count>"#]].assert_eq(&xml);
}
