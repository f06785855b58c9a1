//! Which operation a request asks for: by method, by what it is about, and by the sub-resource in its query.

use http::Method;
use model::Fault;

use super::asked::Asked;
use crate::faults;

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Service,
    Bucket,
    Object,
}

/// A line of the table: method, level, what has to be in the query (`name` or `name=value`), operation.
pub struct Route(pub &'static str, pub Level, pub &'static str, pub &'static str);

use Level::{Bucket, Object, Service};

/// Every operation of S3, those with a sub-resource before those without.
/// Source: the service model of `s3`, 2006-03-01.
pub const ROUTES: &[Route] = &[
    Route("GET", Service, "", "ListBuckets"),
    Route("GET", Bucket, "abac", "GetBucketAbac"),
    Route("PUT", Bucket, "abac", "PutBucketAbac"),
    Route("GET", Bucket, "accelerate", "GetBucketAccelerateConfiguration"),
    Route("PUT", Bucket, "accelerate", "PutBucketAccelerateConfiguration"),
    Route("GET", Bucket, "acl", "GetBucketAcl"),
    Route("PUT", Bucket, "acl", "PutBucketAcl"),
    Route("GET", Bucket, "analytics&id", "GetBucketAnalyticsConfiguration"),
    Route("GET", Bucket, "analytics", "ListBucketAnalyticsConfigurations"),
    Route("PUT", Bucket, "analytics", "PutBucketAnalyticsConfiguration"),
    Route("DELETE", Bucket, "analytics", "DeleteBucketAnalyticsConfiguration"),
    Route("GET", Bucket, "cors", "GetBucketCors"),
    Route("PUT", Bucket, "cors", "PutBucketCors"),
    Route("DELETE", Bucket, "cors", "DeleteBucketCors"),
    Route("POST", Bucket, "delete", "DeleteObjects"),
    Route("GET", Bucket, "encryption", "GetBucketEncryption"),
    Route("PUT", Bucket, "encryption", "PutBucketEncryption"),
    Route("DELETE", Bucket, "encryption", "DeleteBucketEncryption"),
    Route("GET", Bucket, "intelligent-tiering&id", "GetBucketIntelligentTieringConfiguration"),
    Route("GET", Bucket, "intelligent-tiering", "ListBucketIntelligentTieringConfigurations"),
    Route("PUT", Bucket, "intelligent-tiering", "PutBucketIntelligentTieringConfiguration"),
    Route("DELETE", Bucket, "intelligent-tiering", "DeleteBucketIntelligentTieringConfiguration"),
    Route("GET", Bucket, "inventory&id", "GetBucketInventoryConfiguration"),
    Route("GET", Bucket, "inventory", "ListBucketInventoryConfigurations"),
    Route("PUT", Bucket, "inventory", "PutBucketInventoryConfiguration"),
    Route("DELETE", Bucket, "inventory", "DeleteBucketInventoryConfiguration"),
    Route("GET", Bucket, "lifecycle", "GetBucketLifecycleConfiguration"),
    Route("PUT", Bucket, "lifecycle", "PutBucketLifecycleConfiguration"),
    Route("DELETE", Bucket, "lifecycle", "DeleteBucketLifecycle"),
    Route("GET", Bucket, "location", "GetBucketLocation"),
    Route("GET", Bucket, "logging", "GetBucketLogging"),
    Route("PUT", Bucket, "logging", "PutBucketLogging"),
    Route("POST", Bucket, "metadataConfiguration", "CreateBucketMetadataConfiguration"),
    Route("GET", Bucket, "metadataConfiguration", "GetBucketMetadataConfiguration"),
    Route("DELETE", Bucket, "metadataConfiguration", "DeleteBucketMetadataConfiguration"),
    Route("POST", Bucket, "metadataTable", "CreateBucketMetadataTableConfiguration"),
    Route("GET", Bucket, "metadataTable", "GetBucketMetadataTableConfiguration"),
    Route("DELETE", Bucket, "metadataTable", "DeleteBucketMetadataTableConfiguration"),
    Route("PUT", Bucket, "metadataAnnotationTable", "UpdateBucketMetadataAnnotationTableConfiguration"),
    Route("PUT", Bucket, "metadataInventoryTable", "UpdateBucketMetadataInventoryTableConfiguration"),
    Route("PUT", Bucket, "metadataJournalTable", "UpdateBucketMetadataJournalTableConfiguration"),
    Route("GET", Bucket, "metrics&id", "GetBucketMetricsConfiguration"),
    Route("GET", Bucket, "metrics", "ListBucketMetricsConfigurations"),
    Route("PUT", Bucket, "metrics", "PutBucketMetricsConfiguration"),
    Route("DELETE", Bucket, "metrics", "DeleteBucketMetricsConfiguration"),
    Route("GET", Bucket, "notification", "GetBucketNotificationConfiguration"),
    Route("PUT", Bucket, "notification", "PutBucketNotificationConfiguration"),
    Route("GET", Bucket, "object-lock", "GetObjectLockConfiguration"),
    Route("PUT", Bucket, "object-lock", "PutObjectLockConfiguration"),
    Route("GET", Bucket, "ownershipControls", "GetBucketOwnershipControls"),
    Route("PUT", Bucket, "ownershipControls", "PutBucketOwnershipControls"),
    Route("DELETE", Bucket, "ownershipControls", "DeleteBucketOwnershipControls"),
    Route("GET", Bucket, "policy", "GetBucketPolicy"),
    Route("PUT", Bucket, "policy", "PutBucketPolicy"),
    Route("DELETE", Bucket, "policy", "DeleteBucketPolicy"),
    Route("GET", Bucket, "policyStatus", "GetBucketPolicyStatus"),
    Route("GET", Bucket, "publicAccessBlock", "GetPublicAccessBlock"),
    Route("PUT", Bucket, "publicAccessBlock", "PutPublicAccessBlock"),
    Route("DELETE", Bucket, "publicAccessBlock", "DeletePublicAccessBlock"),
    Route("GET", Bucket, "replication", "GetBucketReplication"),
    Route("PUT", Bucket, "replication", "PutBucketReplication"),
    Route("DELETE", Bucket, "replication", "DeleteBucketReplication"),
    Route("GET", Bucket, "requestPayment", "GetBucketRequestPayment"),
    Route("PUT", Bucket, "requestPayment", "PutBucketRequestPayment"),
    Route("GET", Bucket, "session", "CreateSession"),
    Route("GET", Bucket, "tagging", "GetBucketTagging"),
    Route("PUT", Bucket, "tagging", "PutBucketTagging"),
    Route("DELETE", Bucket, "tagging", "DeleteBucketTagging"),
    Route("GET", Bucket, "uploads", "ListMultipartUploads"),
    Route("GET", Bucket, "versioning", "GetBucketVersioning"),
    Route("PUT", Bucket, "versioning", "PutBucketVersioning"),
    Route("GET", Bucket, "versions", "ListObjectVersions"),
    Route("GET", Bucket, "website", "GetBucketWebsite"),
    Route("PUT", Bucket, "website", "PutBucketWebsite"),
    Route("DELETE", Bucket, "website", "DeleteBucketWebsite"),
    Route("GET", Bucket, "list-type=2", "ListObjectsV2"),
    Route("GET", Bucket, "", "ListObjects"),
    Route("HEAD", Bucket, "", "HeadBucket"),
    Route("PUT", Bucket, "", "CreateBucket"),
    Route("DELETE", Bucket, "", "DeleteBucket"),
    Route("POST", Bucket, "", "PostObject"),
    Route("GET", Object, "acl", "GetObjectAcl"),
    Route("PUT", Object, "acl", "PutObjectAcl"),
    Route("GET", Object, "annotation", "GetObjectAnnotation"),
    Route("PUT", Object, "annotation", "PutObjectAnnotation"),
    Route("DELETE", Object, "annotation", "DeleteObjectAnnotation"),
    Route("GET", Object, "attributes", "GetObjectAttributes"),
    Route("PUT", Object, "encryption", "UpdateObjectEncryption"),
    Route("GET", Object, "legal-hold", "GetObjectLegalHold"),
    Route("PUT", Object, "legal-hold", "PutObjectLegalHold"),
    Route("PUT", Object, "renameObject", "RenameObject"),
    Route("POST", Object, "restore", "RestoreObject"),
    Route("GET", Object, "retention", "GetObjectRetention"),
    Route("PUT", Object, "retention", "PutObjectRetention"),
    Route("POST", Object, "select", "SelectObjectContent"),
    Route("GET", Object, "tagging", "GetObjectTagging"),
    Route("PUT", Object, "tagging", "PutObjectTagging"),
    Route("DELETE", Object, "tagging", "DeleteObjectTagging"),
    Route("GET", Object, "torrent", "GetObjectTorrent"),
    Route("POST", Object, "uploads", "CreateMultipartUpload"),
    Route("GET", Object, "uploadId", "ListParts"),
    Route("PUT", Object, "uploadId", "UploadPart"),
    Route("POST", Object, "uploadId", "CompleteMultipartUpload"),
    Route("DELETE", Object, "uploadId", "AbortMultipartUpload"),
    Route("GET", Object, "", "GetObject"),
    Route("HEAD", Object, "", "HeadObject"),
    Route("PUT", Object, "", "PutObject"),
    Route("DELETE", Object, "", "DeleteObject"),
];

/// The name of the operation.
pub fn route(asked: &Asked) -> Result<&'static str, Fault> {
    let level = match (asked.bucket.is_empty(), asked.key.is_empty()) {
        (true, _) => Service,
        (_, true) => Bucket,
        _ => Object,
    };
    let method = asked.method.as_str();
    if method == Method::POST && level == Service && asked.key == "WriteGetObjectResponse" {
        return Ok("WriteGetObjectResponse");
    }
    let found =
        ROUTES.iter().find(|Route(of, at, query, _)| *of == method && *at == level && has_all(asked, query));
    match (found, asked.headers.contains_key("x-amz-copy-source")) {
        (Some(Route(_, _, _, "PutObject")), true) => Ok("CopyObject"),
        (Some(Route(_, _, _, "UploadPart")), true) => Ok("UploadPartCopy"),
        (Some(Route(_, _, _, name)), _) => Ok(name),
        (None, _) if method == Method::OPTIONS => Err(cors_is_not_enabled(asked)),
        (None, _) => Err(faults::method_not_allowed(method, resource(level))),
    }
}

fn has_all(asked: &Asked, query: &str) -> bool {
    query.split('&').filter(|name| !name.is_empty()).all(|name| match name.split_once('=') {
        Some((name, value)) => asked.param(name) == Some(value),
        None => asked.has(name),
    })
}

fn resource(level: Level) -> &'static str {
    match level {
        Service => "SERVICE",
        Bucket => "BUCKET",
        Object => "OBJECT",
    }
}

/// AWS answers a preflight so where nobody has configured cross-origin requests.
fn cors_is_not_enabled(asked: &Asked) -> Fault {
    let method = asked.header("access-control-request-method").unwrap_or_default();
    Fault::new("AccessForbidden", 403, "CORSResponse: CORS is not enabled for this bucket.")
        .member("Method", method)
        .member("ResourceType", if asked.key.is_empty() { "BUCKET" } else { "OBJECT" })
}
