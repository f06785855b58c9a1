//! What is refused, and how.

use expect_test::expect_file;

use crate::stage::{Stage, play};

#[tokio::test]
async fn faults_have_the_shape_of_s3() {
    let script = [
        "GET /none",
        "GET /bkt/none",
        "HEAD /bkt/none",
        "PATCH /bkt/a",
        "PUT /bkt/a | content-md5: AAAAAAAAAAAAAAAAAAAAAA== || 1",
        "GET /bkt?list-type=2&continuation-token=x",
        "PUT /bkt?versioning || <VersioningConfiguration/>",
        "PUT /bkt/a | x-amz-server-side-encryption: aws:kms || 1",
        "OPTIONS /bkt/a | access-control-request-method: GET",
    ];
    play(&Stage::with_bucket().await, &script, expect_file!["../recorded/faults.txt"]).await;
}

/// Requests and the beginnings of their answers.
type Refused = &'static [(&'static str, &'static str)];

const WRITES: Refused = &[
    ("PUT /none/a || 1", "404 NoSuchBucket: The specified bucket does not exist"),
    ("DELETE /none", "404 NoSuchBucket: The specified bucket does not exist"),
    ("POST /bkt/a", "405 MethodNotAllowed: The specified method is not allowed against this resource."),
    ("PUT /bkt/a | content-md5: x || 1", "400 InvalidDigest: The Content-MD5 you specified was invalid."),
    ("PUT /bkt/a | content-length: 5 || 1", "400 IncompleteBody: You did not provide the number of bytes"),
    ("PUT /bkt/a | content-length: 5368709121 || 1", "400 EntityTooLarge: Your proposed upload exceeds"),
    (
        "PUT /bkt/a | x-amz-acl: public-read || 1",
        "400 AccessControlListNotSupported: The bucket does not allow ACLs",
    ),
    ("PUT /bkt/a | x-amz-storage-class: GLACIER || 1", "501 NotImplemented: A header you provided implies"),
    (
        "PUT /bkt/a | x-amz-storage-class: COLD || 1",
        "400 InvalidStorageClass: The storage class you specified",
    ),
    (
        "PUT /bkt/a | x-amz-tagging: a=1&a=2 || 1",
        "400 InvalidArgument: The header 'x-amz-tagging' shall be encoded",
    ),
    (
        "PUT /bkt/a | x-amz-trailer: x-amz-checksum-crc32 || 1",
        "400 MalformedTrailerError: The request contained trailing data that was not well-formed",
    ),
    (
        "PUT /bkt/a | x-amz-trailer: x-amz-meta-a || 1",
        "400 InvalidRequest: The value specified in the x-amz-trailer header is not supported",
    ),
    ("PUT /bkt/a | if-none-match: x || 1", "501 NotImplemented: A header you provided implies"),
    (
        "PUT /bkt/a | x-amz-copy-source: bkt",
        "400 InvalidArgument: Copy Source must mention the source bucket and key",
    ),
    ("PUT /bkt/a | x-amz-copy-source: bkt/a", "400 InvalidRequest: This copy request is illegal because"),
    ("PUT /bkt/a | x-amz-copy-source: bkt/none", "404 NoSuchKey: The specified key does not exist."),
];

const READS: Refused = &[
    ("GET /bkt/a?versionId=1", "400 InvalidArgument: Invalid version id specified"),
    ("GET /bkt/a?partNumber=2", "416 InvalidPartNumber: The requested partnumber is not satisfiable"),
    ("GET /bkt/a?torrent", "501 NotImplemented: Dayfly does not implement GetObjectTorrent."),
    (
        "POST /bkt | content-type: multipart/form-data",
        "501 NotImplemented: Dayfly does not implement PostObject.",
    ),
    (
        "GET /bkt?list-type=2&max-keys=x",
        "400 InvalidArgument: Provided max-keys not an integer or within integer range",
    ),
    (
        "GET /bkt?list-type=2&max-keys=-1",
        "400 InvalidArgument: Argument max-keys must be an integer between 0 and",
    ),
    ("GET /bkt?encoding-type=x", "400 InvalidArgument: Invalid Encoding Method specified in Request"),
    (
        "POST /bkt?delete || <Delete/>",
        "400 InvalidRequest: Missing required header for this request: Content-MD5 OR",
    ),
    (
        "PUT /bkt?policy || {",
        "400 MalformedPolicy: Policies must be valid JSON and the first byte must be '{'",
    ),
    ("GET /%FF", "400 InvalidURI: Couldn't parse the specified URI."),
    ("GET /bkt/a | x-amz-expected-bucket-owner: 111111111111", "403 AccessDenied: Access Denied"),
    (
        "GET /bkt/a | x-amz-expected-bucket-owner: me",
        "400 InvalidArgument: The value of the expected bucket owner",
    ),
];

#[tokio::test]
async fn requests_that_are_refused() {
    let stage = Stage::with_bucket().await;
    stage.ask("PUT /bkt/a || 1").await;
    for (line, expected) in WRITES.iter().chain(READS) {
        let told = stage.ask(line).await.fault();
        assert!(told.starts_with(expected), "{line}\n{told}\n  is not\n{expected}");
    }
    assert_eq!(stage.ask("GET /bkt/a").await.body, "1", "nothing that was refused was done");
}

#[tokio::test]
async fn what_is_too_long() {
    let stage = Stage::with_bucket().await;
    let key = stage.ask(&format!("PUT /bkt/{}", "k".repeat(1025))).await.fault();
    assert_eq!(key, "400 KeyTooLongError: Your key is too long");
    assert_eq!(stage.ask(&format!("PUT /bkt/{}", "k".repeat(1024))).await.status, 200);
    let metadata = stage.ask(&format!("PUT /bkt/a | x-amz-meta-a: {}", "v".repeat(2048))).await.fault();
    assert_eq!(
        metadata,
        "400 MetadataTooLarge: Your metadata headers exceed the maximum allowed metadata size"
    );
}
