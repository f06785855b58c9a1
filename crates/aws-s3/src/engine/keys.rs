//! Where the object store's rows are: one function per kind of row.

use model::Time;
use store::{BlobId, Key};

fn of(kind: &str) -> Key {
    Key::new().text("s3").text(kind)
}

/// All buckets, by name.
pub fn buckets() -> Key {
    of("bucket")
}

pub fn bucket(name: &str) -> Key {
    buckets().text(name)
}

/// What is configured for a bucket, one row per kind of configuration.
pub fn settings(bucket: &str) -> Key {
    of("setting").text(bucket)
}

pub fn setting(bucket: &str, kind: &str) -> Key {
    settings(bucket).text(kind)
}

/// A bucket's objects, in the byte order of their keys.
pub fn objects(bucket: &str) -> Key {
    of("object").text(bucket)
}

pub fn object(bucket: &str, key: &str) -> Key {
    objects(bucket).text(key)
}

/// Bytes that are kept in the table, or the list of pieces of an object that has many.
pub fn content(id: &str) -> Key {
    of("content").text(id)
}

/// Everything that uses a blob.
pub fn uses(blob: &BlobId) -> Key {
    of("use").text(&blob.to_string())
}

pub fn use_of(blob: &BlobId, id: &str) -> Key {
    uses(blob).text(id)
}

/// Uses that have ended or may never have begun, by the time from which their blob may go.
pub fn released() -> Key {
    of("released")
}

pub fn released_use(due: Time, blob: &BlobId, id: &str) -> Key {
    released().number(due.as_millis().max(0) as u64).text(&blob.to_string()).text(id)
}

/// Blobs that are being removed: nobody may begin to use one until its row is gone.
pub fn dooms() -> Key {
    of("doomed")
}

pub fn doomed(blob: &BlobId) -> Key {
    dooms().text(&blob.to_string())
}

/// A bucket's uploads in parts, by key and then by when they began.
pub fn uploads(bucket: &str) -> Key {
    of("upload").text(bucket)
}

pub fn upload(bucket: &str, key: &str, id: &str) -> Key {
    uploads(bucket).text(key).text(id)
}

pub fn parts(upload: &str) -> Key {
    of("part").text(upload)
}

pub fn part(upload: &str, number: u32) -> Key {
    parts(upload).number(u64::from(number))
}

/// Uploads that have ended and may have left parts behind.
pub fn ended_uploads() -> Key {
    of("ended")
}

pub fn ended_upload(id: &str) -> Key {
    ended_uploads().text(id)
}
