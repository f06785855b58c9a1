//! Every operation that is built, one line each. The rest of S3 is known by name and says that it is not built.

mod abort_multipart_upload;
mod complete_multipart_upload;
mod copy_object;
mod create_bucket;
mod create_multipart_upload;
mod delete_bucket;
mod delete_bucket_encryption;
mod delete_bucket_policy;
mod delete_bucket_tagging;
mod delete_object;
mod delete_object_tagging;
mod delete_objects;
mod delete_public_access_block;
mod get_bucket_accelerate_configuration;
mod get_bucket_acl;
mod get_bucket_cors;
mod get_bucket_encryption;
mod get_bucket_lifecycle_configuration;
mod get_bucket_location;
mod get_bucket_logging;
mod get_bucket_notification_configuration;
mod get_bucket_ownership_controls;
mod get_bucket_policy;
mod get_bucket_policy_status;
mod get_bucket_replication;
mod get_bucket_request_payment;
mod get_bucket_tagging;
mod get_bucket_versioning;
mod get_bucket_website;
mod get_object;
mod get_object_acl;
mod get_object_attributes;
mod get_object_lock_configuration;
mod get_object_tagging;
mod get_public_access_block;
mod head_bucket;
mod head_object;
mod list_buckets;
mod list_multipart_uploads;
mod list_object_versions;
mod list_objects;
mod list_objects_v2;
mod list_parts;
mod put_bucket_acl;
mod put_bucket_encryption;
mod put_bucket_notification_configuration;
mod put_bucket_ownership_controls;
mod put_bucket_policy;
mod put_bucket_tagging;
mod put_object;
mod put_object_acl;
mod put_object_tagging;
mod put_public_access_block;
mod upload_part;
mod upload_part_copy;

use crate::protocol::{Entry, entry};

pub const OPERATIONS: &[Entry] = &[
    entry::<abort_multipart_upload::AbortMultipartUpload>(),
    entry::<complete_multipart_upload::CompleteMultipartUpload>(),
    entry::<copy_object::CopyObject>(),
    entry::<create_bucket::CreateBucket>(),
    entry::<create_multipart_upload::CreateMultipartUpload>(),
    entry::<delete_bucket::DeleteBucket>(),
    entry::<delete_bucket_encryption::DeleteBucketEncryption>(),
    entry::<delete_bucket_policy::DeleteBucketPolicy>(),
    entry::<delete_bucket_tagging::DeleteBucketTagging>(),
    entry::<delete_object::DeleteObject>(),
    entry::<delete_object_tagging::DeleteObjectTagging>(),
    entry::<delete_objects::DeleteObjects>(),
    entry::<delete_public_access_block::DeletePublicAccessBlock>(),
    entry::<get_bucket_accelerate_configuration::GetBucketAccelerateConfiguration>(),
    entry::<get_bucket_acl::GetBucketAcl>(),
    entry::<get_bucket_cors::GetBucketCors>(),
    entry::<get_bucket_encryption::GetBucketEncryption>(),
    entry::<get_bucket_lifecycle_configuration::GetBucketLifecycleConfiguration>(),
    entry::<get_bucket_location::GetBucketLocation>(),
    entry::<get_bucket_logging::GetBucketLogging>(),
    entry::<get_bucket_notification_configuration::GetBucketNotificationConfiguration>(),
    entry::<get_bucket_ownership_controls::GetBucketOwnershipControls>(),
    entry::<get_bucket_policy::GetBucketPolicy>(),
    entry::<get_bucket_policy_status::GetBucketPolicyStatus>(),
    entry::<get_bucket_replication::GetBucketReplication>(),
    entry::<get_bucket_request_payment::GetBucketRequestPayment>(),
    entry::<get_bucket_tagging::GetBucketTagging>(),
    entry::<get_bucket_versioning::GetBucketVersioning>(),
    entry::<get_bucket_website::GetBucketWebsite>(),
    entry::<get_object::GetObject>(),
    entry::<get_object_acl::GetObjectAcl>(),
    entry::<get_object_attributes::GetObjectAttributes>(),
    entry::<get_object_lock_configuration::GetObjectLockConfiguration>(),
    entry::<get_object_tagging::GetObjectTagging>(),
    entry::<get_public_access_block::GetPublicAccessBlock>(),
    entry::<head_bucket::HeadBucket>(),
    entry::<head_object::HeadObject>(),
    entry::<list_buckets::ListBuckets>(),
    entry::<list_multipart_uploads::ListMultipartUploads>(),
    entry::<list_object_versions::ListObjectVersions>(),
    entry::<list_objects::ListObjects>(),
    entry::<list_objects_v2::ListObjectsV2>(),
    entry::<list_parts::ListParts>(),
    entry::<put_bucket_acl::PutBucketAcl>(),
    entry::<put_bucket_encryption::PutBucketEncryption>(),
    entry::<put_bucket_notification_configuration::PutBucketNotificationConfiguration>(),
    entry::<put_bucket_ownership_controls::PutBucketOwnershipControls>(),
    entry::<put_bucket_policy::PutBucketPolicy>(),
    entry::<put_bucket_tagging::PutBucketTagging>(),
    entry::<put_object::PutObject>(),
    entry::<put_object_acl::PutObjectAcl>(),
    entry::<put_object_tagging::PutObjectTagging>(),
    entry::<put_public_access_block::PutPublicAccessBlock>(),
    entry::<upload_part::UploadPart>(),
    entry::<upload_part_copy::UploadPartCopy>(),
];
