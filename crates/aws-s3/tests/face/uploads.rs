//! Uploads in parts.

use expect_test::expect_file;
use model::{AccountId, Caller};

use crate::stage::{Stage, readable, within};

const LEAST: usize = 5 * 1024 * 1024;

async fn begin(stage: &Stage, headers: &str) -> String {
    let answer = stage.ask(&format!("POST /bkt/k?uploads{headers}")).await;
    within(&answer.body, "UploadId").unwrap_or_else(|| panic!("{}", answer.body))
}

async fn part(stage: &Stage, id: &str, number: u32, body: &[u8]) -> String {
    let answer = stage.ask_with(&format!("PUT /bkt/k?partNumber={number}&uploadId={id}"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.header("etag").trim_matches('"').to_owned()
}

fn list(parts: &[(u32, &str)]) -> String {
    let part = |(number, etag): &(u32, &str)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag></Part>")
    };
    format!(
        "<CompleteMultipartUpload>{}</CompleteMultipartUpload>",
        parts.iter().map(part).collect::<String>()
    )
}

#[tokio::test]
async fn an_upload_from_its_beginning_to_its_end() {
    let stage = Stage::with_bucket().await;
    let id = begin(&stage, " | content-type: a/b | x-amz-meta-colour: blue").await;
    let second = part(&stage, &id, 7, b"end").await;
    let first = part(&stage, &id, 2, &vec![0; LEAST]).await;
    let mut told = String::new();
    let parts = list(&[(2, &first), (7, &second)]);
    for line in [
        &*format!("GET /bkt/k?uploadId={id}&max-parts=1"),
        "GET /bkt?uploads",
        "HEAD /bkt/k",
        &format!("POST /bkt/k?uploadId={id} || {parts}"),
        &format!("POST /bkt/k?uploadId={id} || {parts}"),
        "HEAD /bkt/k | x-amz-checksum-mode: ENABLED",
        "GET /bkt/k?partNumber=2",
        &format!("GET /bkt/k | range: bytes={}-{}", LEAST - 1, LEAST),
        "GET /bkt/k?attributes | x-amz-object-attributes: ObjectParts,Checksum,ETag",
        "GET /bkt?uploads",
        &format!("DELETE /bkt/k?uploadId={id}"),
    ] {
        let answer = stage.ask(line).await;
        told += &format!("> {line}\n{}\n{}{}\n", answer.status, answer.headers, readable(&answer.body));
    }
    expect_file!["../recorded/upload.txt"].assert_eq(&told.replace(&id, "UPLOAD").replace('\0', "."));
}

#[tokio::test]
async fn what_does_not_become_an_object() {
    let stage = Stage::with_bucket().await;
    let id = begin(&stage, "").await;
    let (large, small) = (part(&stage, &id, 1, &vec![0; LEAST]).await, part(&stage, &id, 2, b"b").await);
    let last = part(&stage, &id, 3, b"c").await;
    for (parts, expected) in [
        (
            list(&[(2, &small), (1, &large)]),
            "400 InvalidPartOrder: The list of parts was not in ascending order.",
        ),
        (list(&[(1, &large), (1, &large)]), "400 InvalidPartOrder: "),
        (list(&[(1, &small)]), "400 InvalidPart: One or more of the specified parts could not be found."),
        (list(&[(1, &large), (9, &small)]), "400 InvalidPart: "),
        (
            list(&[(1, &large), (2, &small), (3, &last)]),
            "400 EntityTooSmall: Your proposed upload is smaller than",
        ),
        (list(&[]), "400 MalformedXML: "),
        ("<Complete".to_owned(), "400 MalformedXML: "),
    ] {
        let told = stage.ask(&format!("POST /bkt/k?uploadId={id} || {parts}")).await.fault();
        assert!(told.starts_with(expected), "{told}\n  is not\n{expected}");
    }
    for (line, expected) in [
        (
            format!("PUT /bkt/k?partNumber=0&uploadId={id}"),
            "400 InvalidArgument: Part number must be an integer between",
        ),
        (format!("PUT /bkt/k?partNumber=10001&uploadId={id}"), "400 InvalidArgument: "),
        (
            "PUT /bkt/k?partNumber=1&uploadId=none".to_owned(),
            "404 NoSuchUpload: The specified upload does not exist.",
        ),
        (format!("PUT /bkt/other?partNumber=1&uploadId={id}"), "404 NoSuchUpload: "),
        (format!("DELETE /bkt/k?uploadId={id}"), "204"),
        (format!("POST /bkt/k?uploadId={id} || {}", list(&[(1, &large)])), "404 NoSuchUpload: "),
        ("HEAD /bkt/k".to_owned(), "404"),
    ] {
        let told = stage.ask(&line).await.fault();
        assert!(told.starts_with(expected), "{told}\n  is not\n{expected}");
    }
}

#[tokio::test]
async fn checksums_of_parts_make_that_of_the_whole() {
    let stage = Stage::with_bucket().await;
    for (algorithm, kind, expected) in [
        ("CRC32", "FULL_OBJECT", "FULL_OBJECT"),
        ("CRC32C", "COMPOSITE", "COMPOSITE"),
        ("CRC64NVME", "FULL_OBJECT", "FULL_OBJECT"),
        ("SHA256", "COMPOSITE", "COMPOSITE"),
        (
            "SHA1",
            "FULL_OBJECT",
            "400 InvalidRequest: The FULL_OBJECT checksum type cannot be used with the sha1",
        ),
        (
            "CRC64NVME",
            "COMPOSITE",
            "400 InvalidRequest: The COMPOSITE checksum type cannot be used with the crc64nvme",
        ),
    ] {
        let headers = format!(" | x-amz-checksum-algorithm: {algorithm} | x-amz-checksum-type: {kind}");
        let begun = stage.ask(&format!("POST /bkt/k?uploads{headers}")).await;
        let Some(id) = within(&begun.body, "UploadId") else {
            assert!(begun.fault().starts_with(expected), "{}", begun.fault());
            continue;
        };
        let header = format!("x-amz-checksum-{}", algorithm.to_lowercase());
        let mut parts = String::new();
        for (number, body) in [(1, vec![0; LEAST]), (2, b"123456789".to_vec())] {
            let put = format!("PUT /bkt/k?partNumber={number}&uploadId={id}");
            let silent = stage.ask_with(&put, &body).await.fault();
            assert_eq!(
                silent.starts_with("400 InvalidRequest: Checksum Type mismatch"),
                kind == "COMPOSITE",
                "{silent}"
            );
            let put =
                stage.ask_with(&format!("{put} | x-amz-sdk-checksum-algorithm: {algorithm}"), &body).await;
            let (etag, sum) = (put.header("etag"), put.header(&header));
            parts += &format!(
                "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag><Checksum{algorithm}>{sum}</Checksum{algorithm}></Part>"
            );
        }
        let complete = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let wrong = stage
            .ask(&format!("POST /bkt/k?uploadId={id} | {header}: {} || {complete}", wrong(&header)))
            .await;
        assert!(wrong.fault().starts_with("400 BadDigest: "), "{algorithm} {}", wrong.fault());
        let done = stage.ask(&format!("POST /bkt/k?uploadId={id} || {complete}")).await;
        assert_eq!(within(&done.body, "ChecksumType").as_deref(), Some(expected));
        let told = within(&done.body, &format!("Checksum{algorithm}")).unwrap();
        assert_eq!(told.ends_with("-2"), expected == "COMPOSITE", "{told}");
        if expected == "FULL_OBJECT" {
            let whole = [&vec![0; LEAST][..], b"123456789"].concat();
            let put = stage
                .ask_with(&format!("PUT /bkt/whole | x-amz-sdk-checksum-algorithm: {algorithm}"), &whole)
                .await;
            assert_eq!(put.header(&header), told, "{algorithm}");
        }
    }
}

/// A value of the right form.
fn wrong(header: &str) -> &'static str {
    match header {
        "x-amz-checksum-crc64nvme" => "AAAAAAAAAAA=",
        "x-amz-checksum-sha256" => "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        _ => "AAAAAA==",
    }
}

#[tokio::test]
async fn parts_may_be_copied() {
    let stage = Stage::with_bucket().await;
    stage.ask("PUT /bkt/source || 0123456789").await;
    let id = begin(&stage, "").await;
    let copy = |range: &str| {
        format!(
            "PUT /bkt/k?partNumber=1&uploadId={id} | x-amz-copy-source: /bkt/source | x-amz-copy-source-range: {range}"
        )
    };
    for (range, expected) in [
        ("bytes=2-4", "200"),
        ("bytes=2-40", "400 InvalidArgument"),
        ("2-4", "400 InvalidArgument"),
        ("bytes=2-", "400 InvalidArgument"),
    ] {
        let told = stage.ask(&copy(range)).await.fault();
        assert!(told.starts_with(expected), "{range} {told}");
    }
    let copied = stage.ask(&copy("bytes=2-4")).await;
    let etag = within(&copied.body, "ETag").unwrap().replace("&quot;", "");
    assert_eq!(stage.ask(&format!("POST /bkt/k?uploadId={id} || {}", list(&[(1, &etag)]))).await.status, 200);
    assert_eq!(stage.ask("GET /bkt/k").await.body, "234");
}

#[tokio::test]
async fn all_who_complete_an_upload_at_once_are_told_the_same() {
    let stage = Stage::with_bucket().await;
    let id = begin(&stage, "").await;
    let only = part(&stage, &id, 1, b"1").await;
    let line = format!("POST /bkt/k?uploadId={id} | if-none-match: * || {}", list(&[(1, &only)]));
    let (first, second, third) = tokio::join!(stage.ask(&line), stage.ask(&line), stage.ask(&line));
    assert_eq!((first.status, &first.body, &first.body), (200, &second.body, &third.body));
    stage.ask("PUT /bkt/k || other").await;
    assert!(stage.ask(&line).await.fault().starts_with("404 NoSuchUpload"));
}

#[tokio::test]
async fn who_has_begun_to_read_reads_to_the_end() {
    let stage = Stage::with_bucket().await;
    let id = begin(&stage, "").await;
    let (first, last) = (part(&stage, &id, 1, &vec![b'a'; LEAST]).await, part(&stage, &id, 2, b"end").await);
    let parts = list(&[(1, &first), (2, &last)]);
    assert_eq!(stage.ask(&format!("POST /bkt/k?uploadId={id} || {parts}")).await.status, 200);
    let root = Caller::root(AccountId::default_account());
    let reading = stage.open(root, "us-east-1", "GET /bkt/k", b"").await.into_body();
    stage.ask("PUT /bkt/k || other").await;
    stage.ask("DELETE /bkt/k").await;
    let read = wire::collect(reading, LEAST + 3).await.unwrap().unwrap();
    assert!(read.len() == LEAST + 3 && read.ends_with(b"aend"));
}
