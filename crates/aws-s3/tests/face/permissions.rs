//! What each operation asks permission for.

use crate::stage::{Stage, within};

#[tokio::test]
async fn every_operation_asks_for_its_action_on_its_resource() {
    let stage = Stage::with_bucket().await;
    stage.ask("PUT /bkt/a || 1").await;
    let id = within(&stage.ask("POST /bkt/up?uploads").await.body, "UploadId").unwrap();
    stage.asked();
    let (bucket, object) = ("arn:aws:s3:::bkt", "arn:aws:s3:::bkt/a");
    let upload = "arn:aws:s3:::bkt/up";
    for (line, asked) in [
        ("GET /", vec!["s3:ListAllMyBuckets *".to_owned()]),
        ("PUT /new-one", vec!["s3:CreateBucket arn:aws:s3:::new-one".to_owned()]),
        ("HEAD /bkt", vec![format!("s3:ListBucket {bucket}")]),
        ("GET /bkt", vec![format!("s3:ListBucket {bucket}")]),
        ("GET /bkt?list-type=2", vec![format!("s3:ListBucket {bucket}")]),
        ("GET /bkt?versions", vec![format!("s3:ListBucketVersions {bucket}")]),
        ("GET /bkt?uploads", vec![format!("s3:ListBucketMultipartUploads {bucket}")]),
        ("GET /bkt?location", vec![format!("s3:GetBucketLocation {bucket}")]),
        ("GET /bkt?policy", vec![format!("s3:GetBucketPolicy {bucket}")]),
        ("DELETE /bkt?policy", vec![format!("s3:DeleteBucketPolicy {bucket}")]),
        ("GET /bkt?tagging", vec![format!("s3:GetBucketTagging {bucket}")]),
        ("GET /bkt?notification", vec![format!("s3:GetBucketNotification {bucket}")]),
        ("GET /bkt?publicAccessBlock", vec![format!("s3:GetBucketPublicAccessBlock {bucket}")]),
        ("GET /bkt/a", vec![format!("s3:GetObject {object}")]),
        (
            "GET /bkt/none",
            vec!["s3:GetObject arn:aws:s3:::bkt/none".to_owned(), format!("s3:ListBucket {bucket}")],
        ),
        ("HEAD /bkt/a", vec![format!("s3:GetObject {object}")]),
        ("PUT /bkt/a || 1", vec![format!("s3:PutObject {object}")]),
        (
            "PUT /bkt/a | x-amz-tagging: a=b || 1",
            vec![format!("s3:PutObject {object}"), format!("s3:PutObjectTagging {object}")],
        ),
        (
            "PUT /bkt/c | x-amz-copy-source: bkt/a",
            vec![format!("s3:GetObject {object}"), "s3:PutObject arn:aws:s3:::bkt/c".to_owned()],
        ),
        ("GET /bkt/a?tagging", vec![format!("s3:GetObjectTagging {object}")]),
        ("DELETE /bkt/a?tagging", vec![format!("s3:DeleteObjectTagging {object}")]),
        ("GET /bkt/a?acl", vec![format!("s3:GetObjectAcl {object}")]),
        ("POST /bkt/up?uploads", vec![format!("s3:PutObject {upload}")]),
        (&format!("PUT /bkt/up?partNumber=1&uploadId={id} || 1"), vec![format!("s3:PutObject {upload}")]),
        (&format!("GET /bkt/up?uploadId={id}"), vec![format!("s3:ListMultipartUploadParts {upload}")]),
        (&format!("DELETE /bkt/up?uploadId={id}"), vec![format!("s3:AbortMultipartUpload {upload}")]),
        ("DELETE /bkt/a", vec![format!("s3:DeleteObject {object}")]),
        ("DELETE /new-one", vec!["s3:DeleteBucket arn:aws:s3:::new-one".to_owned()]),
    ] {
        stage.ask(line).await;
        assert_eq!(stage.asked(), asked, "{line}");
    }
}
