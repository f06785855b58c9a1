//! The examples in S3's documentation, and requests of ours as botocore signs them.
//! Source: S3 API reference, "Signature Calculations for the Authorization Header" and "... Query Parameters".

use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use model::Time;
use wire::sigv4::{Encoding, Signer, presign, sign};

use crate::exchange::{self, Exchange, Key};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const KEY: Key = Key { id: "AKIAIOSFODNN7EXAMPLE", secret: SECRET };
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn signer(token: Option<&str>, region: &str, key: &Key) -> Signer {
    Signer {
        access_key_id: key.id.to_owned(),
        secret_access_key: key.secret.to_owned(),
        session_token: token.map(str::to_owned),
        region: region.to_owned(),
    }
}

/// Our client's signature of a request with its own headers only, in the form of the documentation.
fn signed(signer: &Signer, service: &str, time: &str, text: &str) -> String {
    let Exchange { method, path, query, host, mut headers, body } = Exchange::parse(text).expect("HTTP");
    let time = Time::parse_amz_date(time).expect("a time");
    headers.remove("host");
    sign(signer, service, time, (&method, &path, &query, &host), &mut headers, &body);
    headers[AUTHORIZATION].to_str().expect("text").to_owned()
}

fn check(text: &str, hash: &str, signed_headers: &str, signature: &str) {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
         SignedHeaders={signed_headers}, Signature={signature}"
    );
    assert_eq!(signed(&signer(None, "us-east-1", &KEY), "s3", "20130524T000000Z", text), authorization);
    let text = format!(
        "{head}\nx-amz-content-sha256: {hash}\nx-amz-date: 20130524T000000Z\nAuthorization: {authorization}\n\n{body}"
    );
    exchange::check(head, &KEY, Encoding::AsSent, &text, signature);
}

#[test]
fn documented_requests_are_signed_and_taken() {
    let host = "Host: examplebucket.s3.amazonaws.com";
    check(
        &format!("GET /test.txt\n{host}\nRange: bytes=0-9"),
        EMPTY,
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    );
    check(
        &format!(
            "PUT /test%24file.text\n{host}\nDate: Fri, 24 May 2013 00:00:00 GMT\n\
             x-amz-storage-class: REDUCED_REDUNDANCY\n\nWelcome to Amazon S3."
        ),
        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    );
    check(
        &format!("GET /?lifecycle\n{host}"),
        EMPTY,
        "host;x-amz-content-sha256;x-amz-date",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    );
    check(
        &format!("GET /?max-keys=2&prefix=J\n{host}"),
        EMPTY,
        "host;x-amz-content-sha256;x-amz-date",
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    );
}

#[test]
fn a_url_of_a_day_is_signed_and_taken() {
    let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let host = "examplebucket.s3.amazonaws.com";
    let time = Time::parse_amz_date("20130524T000000Z").expect("a time");
    let signer = signer(None, "us-east-1", &KEY);
    let url = presign(&signer, "s3", time, "/test.txt", host, Duration::from_secs(86_400));
    assert_eq!(
        url,
        format!(
            "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
        )
    );
    let text = format!("GET {url}\nHost: {host}");
    exchange::check("presigned", &KEY, Encoding::AsSent, &text, signature);
}

#[test]
fn our_client_signs_as_botocore_does() {
    let key = Key { id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
    let signer = signer(Some("token"), "eu-central-1", &key);
    let check = |service: &str, text: &str, signature: &str| {
        let found = signed(&signer, service, "20150830T123600Z", text);
        assert!(found.ends_with(&format!("Signature={signature}")), "{service}: {found}");
    };
    check(
        "lambda",
        "POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-central-1%3A000000000000%3Afunction%3Af/invocations?Qualifier=%24LATEST\n\
         Host: 127.0.0.1:4566\nX-Amz-Invocation-Type: Event\n\n{\"a\": 1}",
        "37bf22c7f715ffcd9e65c25757b8ad0fb0496677b50332289027ef27ead43fb9",
    );
    check(
        "s3",
        "PUT /photos/a%20b/..//%E1%88%B4.jpg?x-id=PutObject&tagging\nHost: 127.0.0.1:4566\nContent-Type: image/jpeg\n\njpeg",
        "2a533429f9a76b382fa93721be80a39d8679d57691468dcd303a8f5303d7c5b0",
    );
    check(
        "iam",
        "POST /\nHost: 127.0.0.1:4566\nContent-Type: application/x-www-form-urlencoded; charset=utf-8\n\n\
         Action=GetRole&RoleName=r&Version=2010-05-08",
        "eb640bd10b86fcedf4495b766f30b3f3491dd22e719b4723dbf567c0fd8b7350",
    );
}

/// Bytes that are no UTF-8 are signed as what they are; read as text, they would all be the same.
#[test]
fn bytes_that_are_no_text_are_signed_too() {
    let hash = |query: &str, value: &[u8]| {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-meta-a", HeaderValue::from_bytes(value).expect("a header's bytes"));
        let time = Time::parse_amz_date("20150830T123600Z").expect("a time");
        let request = (&Method::GET, "/", query, "localhost");
        sign(&signer(None, "us-east-1", &KEY), "s3", time, request, &mut headers, b"");
        headers[AUTHORIZATION].to_str().expect("text").to_owned()
    };
    assert_ne!(hash("a=%FE", b"a"), hash("a=%FF", b"a"));
    assert_ne!(hash("", b"\xFE"), hash("", b"\xFF"));
    assert_eq!(hash("a=%ff", b"a"), hash("a=%FF", b"a"));
}
