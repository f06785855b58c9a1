//! Every operation that is built, one line each. The rest of S3 is known by name and says that it is not built.

mod create_bucket;
mod delete_bucket;
mod delete_object;
mod delete_objects;
mod get_object;
mod head_bucket;
mod head_object;
mod list_buckets;
mod list_objects;
mod list_objects_v2;
mod put_object;

use crate::protocol::{Entry, entry};

pub const OPERATIONS: &[Entry] = &[
    entry::<create_bucket::CreateBucket>(),
    entry::<delete_bucket::DeleteBucket>(),
    entry::<delete_object::DeleteObject>(),
    entry::<delete_objects::DeleteObjects>(),
    entry::<get_object::GetObject>(),
    entry::<head_bucket::HeadBucket>(),
    entry::<head_object::HeadObject>(),
    entry::<list_buckets::ListBuckets>(),
    entry::<list_objects::ListObjects>(),
    entry::<list_objects_v2::ListObjectsV2>(),
    entry::<put_object::PutObject>(),
];
