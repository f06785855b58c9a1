//! Every limit of the object store: its name, its number, and where the number comes from.

use std::time::Duration;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;

/// Bytes of a key in UTF-8. AWS: "Naming Amazon S3 objects".
pub const KEY_BYTES: usize = 1024;

/// Bytes of all user metadata, names and values. AWS: "Working with object metadata".
pub const METADATA_BYTES: usize = 2 * KIB as usize;

/// Bytes of one `PutObject` or `UploadPart`, and of a source of `CopyObject`. AWS: "Amazon S3 multipart upload limits".
pub const PUT_BYTES: u64 = 5 * GIB;

/// Bytes of a part that is not the last. AWS: "Amazon S3 multipart upload limits".
pub const PART_BYTES_LEAST: u64 = 5 * MIB;

/// The highest part number. AWS: "Amazon S3 multipart upload limits".
pub const PARTS: u32 = 10_000;

/// Bytes of a whole object. AWS: "Amazon S3 multipart upload limits" (50 TB since December 2025).
pub const OBJECT_BYTES: u64 = 50 * 1024 * GIB;

/// Keys, uploads or parts of one page of a list. AWS: API reference, `ListObjectsV2`.
pub const PAGE: usize = 1000;

/// Keys of one `DeleteObjects`. AWS: API reference, `DeleteObjects`.
pub const DELETE_KEYS: usize = 1000;

/// Buckets of one page of `ListBuckets`. AWS: API reference, `ListBuckets`.
pub const BUCKETS_PAGE: usize = 10_000;

/// Buckets of one account. AWS: "Bucket quotas, limitations, and restrictions".
pub const BUCKETS: usize = 10_000;

/// Tags of an object. AWS: "Categorizing your storage using tags".
pub const OBJECT_TAGS: usize = 10;

/// Tags of a bucket. AWS: API reference, `PutBucketTagging`.
pub const BUCKET_TAGS: usize = 50;

/// Characters of a tag's key. AWS: "Categorizing your storage using tags".
pub const TAG_KEY: usize = 128;

/// Characters of a tag's value. AWS: "Categorizing your storage using tags".
pub const TAG_VALUE: usize = 256;

/// Bytes of a bucket policy. AWS: "Bucket policies for Amazon S3".
pub const POLICY_BYTES: usize = 20 * KIB as usize;

/// Rules of one notification configuration. AWS: "Amazon S3 Event Notifications".
pub const NOTIFICATION_RULES: usize = 100;

/// Bytes of an XML or JSON document in a request. Ours: 10,000 parts with their checksums take less than 3 MiB.
pub const DOCUMENT_BYTES: usize = 4 * MIB as usize;

/// Bytes of content that is kept in the table, so that a small object is one commit. Ours: four pages of SQLite's.
pub const INLINE_BYTES: usize = 16 * KIB as usize;

/// How long content stays after its last use ended, so that readers who have begun can go on. Ours.
pub const GRACE: Duration = Duration::from_secs(15 * 60);

/// How often released content is looked through. Ours.
pub const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Rows that one step of a sweep takes. Ours.
pub const SWEEP_ROWS: usize = 200;

/// How often a change is tried again when somebody else was quicker. Ours: more means that something is wrong.
pub const ATTEMPTS: usize = 64;
