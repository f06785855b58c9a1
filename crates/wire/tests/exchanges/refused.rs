//! Table: claims of a signature that cannot be read, and what is said of them.

use expect_test::{Expect, expect};
use http::HeaderMap;
use wire::sigv4::read;

fn check(query: &str, authorization: Option<&str>, expected: &Expect) {
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-date", "20150830T123600Z".parse().expect("a value"));
    if let Some(authorization) = authorization {
        headers.insert("authorization", authorization.parse().expect("a value"));
    }
    let found = match read(query, &headers) {
        Ok(None) => "no claim".to_owned(),
        Ok(Some(claim)) => {
            format!("{} signs {} for {}", claim.access_key_id, claim.signed_headers.join(";"), claim.scope)
        }
        Err(malformed) => malformed.message,
    };
    expected.assert_eq(&found);
}

#[test]
fn in_the_header() {
    let check = |text: &str, expected: Expect| check("", Some(text), &expected);
    let scope = "20150830/us-east-1/s3/aws4_request";
    check(
        &format!("AWS4-HMAC-SHA256 Credential=A/b/{scope},SignedHeaders=Host;X-Amz-Date,Signature=ab"),
        expect!["A/b signs host;x-amz-date for 20150830/us-east-1/s3/aws4_request"],
    );
    check("", expect!["Unsupported AWS 'algorithm': ''."]);
    check("AWS AKIDEXAMPLE:signature", expect!["Unsupported AWS 'algorithm': 'AWS'."]);
    check("Bearer token", expect!["Unsupported AWS 'algorithm': 'Bearer'."]);
    check("AWS4-HMAC-SHA256", expect!["Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA256'."]);
    check(
        "AWS4-HMAC-SHA256 ",
        expect!["Authorization header requires 'Credential' parameter. Authorization=AWS4-HMAC-SHA256 "],
    );
    check(
        &format!("AWS4-HMAC-SHA256 Credential=A/{scope}, SignedHeaders=host"),
        expect![
            "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/s3/aws4_request, SignedHeaders=host"
        ],
    );
    check(
        &format!("AWS4-HMAC-SHA256 Credential=A/{scope}, Signature=ab"),
        expect![
            "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/s3/aws4_request, Signature=ab"
        ],
    );
    check(
        "AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/s3, SignedHeaders=host, Signature=ab",
        expect![[
            r#"Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request". Got 'A/20150830/us-east-1/s3'."#
        ]],
    );
    check(
        "AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/s3/aws5_request, SignedHeaders=host, Signature=ab",
        expect![[
            r#"Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request". Got 'A/20150830/us-east-1/s3/aws5_request'."#
        ]],
    );
    check(
        &format!("AWS4-HMAC-SHA256 Credential=A/{scope}, SignedHeaders=host;range;Host, Signature=ab"),
        expect!["'SignedHeaders' must name each header once. Got 'host' again."],
    );
}

#[test]
fn in_the_query() {
    let check = |text: &str, expected: Expect| check(text, None, &expected);
    let query = |date: &str, expires: &str, signed: &str| {
        format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20150830%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date={date}&X-Amz-Expires={expires}&X-Amz-SignedHeaders={signed}&X-Amz-Signature=ab"
        )
    };
    let date = "20150830T123600Z";
    check("", expect!["no claim"]);
    check("list-type=2", expect!["no claim"]);
    check(&query(date, "604800", "host"), expect!["A signs host for 20150830/us-east-1/s3/aws4_request"]);
    check(
        &query(date, "604801", "host"),
        expect![
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
        ],
    );
    check(&query(date, "-1", "host"), expect!["X-Amz-Expires must be non-negative"]);
    check(&query(date, "1e3", "host"), expect!["X-Amz-Expires should be a number"]);
    check(
        &query(date, "", "host"),
        expect![
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        ],
    );
    check(
        &query("20151330T123600Z", "60", "host"),
        expect![[r#"X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'""#]],
    );
    check(
        &query("2015-08-30T12:36:00Z", "60", "host"),
        expect![[r#"X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'""#]],
    );
    check(
        &query(date, "60", "host%3Bhost"),
        expect!["'SignedHeaders' must name each header once. Got 'host' again."],
    );
    check(
        "X-Amz-Algorithm=AWS3&X-Amz-Signature=ab",
        expect![[r#"X-Amz-Algorithm only supports "AWS4-HMAC-SHA256""#]],
    );
    check(
        "X-Amz-Signature=ab",
        expect![
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        ],
    );
}
