//! Objects: put, got, copied, removed.

use expect_test::expect_file;

use crate::stage::{Stage, play};

#[tokio::test]
async fn an_object_from_its_beginning_to_its_end() {
    let script = [
        "PUT /bkt/a | content-type: text/x | cache-control: no-cache | x-amz-meta-colour: blue | x-amz-tagging: team=x || hello",
        "GET /bkt/a",
        "GET /bkt/a | x-amz-checksum-mode: ENABLED | range: bytes=1-3",
        "HEAD /bkt/a | x-amz-checksum-mode: ENABLED",
        "GET /bkt/a?tagging",
        "GET /bkt/a?attributes | x-amz-object-attributes: ETag,Checksum,ObjectSize,StorageClass,ObjectParts",
        "PUT /bkt/b | x-amz-copy-source: /bkt/a",
        "PUT /bkt/c | x-amz-copy-source: bkt/a | x-amz-metadata-directive: REPLACE | x-amz-storage-class: STANDARD_IA",
        "HEAD /bkt/c",
        "DELETE /bkt/a",
        "DELETE /bkt/a",
        "HEAD /bkt/a",
        "GET /bkt/a",
    ];
    play(&Stage::with_bucket().await, &script, expect_file!["../recorded/object.txt"]).await;
}

#[tokio::test]
async fn ranges() {
    let stage = Stage::with_bucket().await;
    stage.ask("PUT /bkt/a || 0123456789").await;
    stage.ask("PUT /bkt/empty").await;
    for (key, range, expected) in [
        ("a", "bytes=0-3", "206 bytes 0-3/10 0123"),
        ("a", "bytes=-3", "206 bytes 7-9/10 789"),
        ("a", "bytes=7-", "206 bytes 7-9/10 789"),
        ("a", "bytes=5-100", "206 bytes 5-9/10 56789"),
        ("a", "bytes=0-1,3-4", "200  0123456789"),
        ("a", "bytes=5-2", "200  0123456789"),
        ("a", "items=0-1", "200  0123456789"),
        ("a", "bytes=10-", "416 InvalidRange: The requested range is not satisfiable"),
        ("a", "bytes=-0", "416 InvalidRange: The requested range is not satisfiable"),
        ("empty", "bytes=0-0", "416 InvalidRange: The requested range is not satisfiable"),
    ] {
        let answer = stage.ask(&format!("GET /bkt/{key} | range: {range}")).await;
        let told = match answer.status {
            416 => answer.fault(),
            status => format!("{status} {} {}", answer.header("content-range"), answer.body),
        };
        assert_eq!(told, expected, "{range}");
    }
}

#[tokio::test]
async fn conditions() {
    let stage = Stage::with_bucket().await;
    let etag = stage.ask("PUT /bkt/a || 1").await.header("etag").to_owned();
    let (before, same, after) =
        ("Mon, 23 Nov 2026 15:33:19 GMT", "Mon, 23 Nov 2026 15:33:20 GMT", "Mon, 23 Nov 2026 15:33:21 GMT");
    let failed = "412 PreconditionFailed: At least one of the pre-conditions you specified did not hold";
    for (request, conditions, expected) in [
        ("GET /bkt/a", format!("if-match: {etag}"), "200"),
        ("GET /bkt/a", "if-match: *".to_owned(), "200"),
        ("GET /bkt/a", r#"if-match: "x""#.to_owned(), failed),
        ("GET /bkt/a", format!("if-none-match: {etag}"), "304"),
        ("GET /bkt/a", format!(r#"if-none-match: "x", {etag}"#), "304"),
        ("GET /bkt/a", format!("if-modified-since: {before}"), "200"),
        ("GET /bkt/a", format!("if-modified-since: {same}"), "304"),
        ("GET /bkt/a", "if-modified-since: yesterday".to_owned(), "200"),
        ("GET /bkt/a", format!("if-unmodified-since: {before}"), failed),
        ("GET /bkt/a", format!("if-unmodified-since: {after}"), "200"),
        ("GET /bkt/a", format!("if-match: {etag} | if-unmodified-since: {before}"), "200"),
        ("GET /bkt/a", format!(r#"if-none-match: "x" | if-modified-since: {after}"#), "200"),
        ("PUT /bkt/a", "if-none-match: *".to_owned(), failed),
        ("PUT /bkt/a", r#"if-match: "x""#.to_owned(), failed),
        ("PUT /bkt/none", r#"if-match: "x""#.to_owned(), "404 NoSuchKey: The specified key does not exist."),
        ("PUT /bkt/a", format!("if-match: {etag}"), "200"),
        ("PUT /bkt/new", "if-none-match: *".to_owned(), "200"),
        (
            "PUT /bkt/c",
            format!("x-amz-copy-source: /bkt/new | x-amz-copy-source-if-modified-since: {after}"),
            failed,
        ),
        ("DELETE /bkt/new", r#"if-match: "x""#.to_owned(), failed),
    ] {
        let told = stage.ask(&format!("{request} | {conditions}")).await.fault();
        assert_eq!(told, expected, "{request} {conditions}");
    }
}

/// Checksums of `123456789`, for which every CRC gives its check value.
#[tokio::test]
async fn checksums() {
    let stage = Stage::with_bucket().await;
    for (algorithm, value) in [
        ("crc32", "y/Q5Jg=="),
        ("crc32c", "4waSgw=="),
        ("crc64nvme", "rosUhgp5mIg="),
        ("sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        ("sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ] {
        let header = format!("x-amz-checksum-{algorithm}");
        let put = stage.ask(&format!("PUT /bkt/a | {header}: {value} || 123456789")).await;
        assert_eq!(
            (put.status, put.header(&header), put.header("x-amz-checksum-type")),
            (200, value, "FULL_OBJECT")
        );
        let head = stage.ask("HEAD /bkt/a | x-amz-checksum-mode: ENABLED").await;
        assert_eq!(head.header(&header), value);
        let wrong = stage.ask(&format!("PUT /bkt/a | {header}: {value} || 12345678")).await.fault();
        let upper = algorithm.to_uppercase();
        assert_eq!(
            wrong,
            format!("400 BadDigest: The {upper} you specified did not match the calculated checksum.")
        );
        let odd = stage.ask(&format!("PUT /bkt/a | {header}: AA || 123456789")).await.fault();
        assert_eq!(odd, format!("400 InvalidRequest: Value for {header} header is invalid."));
        let named =
            stage.ask(&format!("PUT /bkt/a | x-amz-sdk-checksum-algorithm: {upper} || 123456789")).await;
        assert_eq!(named.header(&header), value);
        let url =
            stage.ask(&format!("PUT /bkt/a?{header}={} || 12345678", wire::encoded(value))).await.fault();
        assert_eq!(url, wrong, "headers may stand in the query");
    }
}

#[tokio::test]
async fn many_are_removed_at_once() {
    let stage = Stage::with_bucket().await;
    for key in ["a", "b", "c"] {
        stage.ask(&format!("PUT /bkt/{key} || 1")).await;
    }
    let guard = |body: &str| format!("x-amz-checksum-sha256: {}", sha256(body));
    let some = "<Delete><Object><Key>a</Key></Object><Object><Key>none</Key></Object></Delete>";
    let quiet = "<Delete><Quiet>true</Quiet><Object><Key>b</Key></Object><Object><Key>c</Key><ETag>\"x\"</ETag></Object></Delete>";
    let script = [
        format!("POST /bkt?delete | {} || {some}", guard(some)),
        format!("POST /bkt?delete | {} || {quiet}", guard(quiet)),
        "GET /bkt?list-type=2".to_owned(),
    ];
    let script: Vec<&str> = script.iter().map(String::as_str).collect();
    play(&stage, &script, expect_file!["../recorded/delete_many.txt"]).await;
}

fn sha256(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(wire::sigv4::sha256(text.as_bytes()))
}
