//! Documents that S3 takes: one a line, its first byte says for which operation.

use std::ops::Range;
use std::sync::Arc;

use crate::world::{NOW, ask, runtime};
use async_trait::async_trait;
use aws_s3::S3;
use delivery::{Delivery, Settings};
use model::Internal;
use store::{BlobId, BlobReader, BlobWriter, Blobs, MemoryTable};
use tasks::{Clock, Dice, Tasks};

/// Documents are kept in the table; nothing here is as large as a blob.
struct NoBlobs;

#[async_trait]
impl Blobs for NoBlobs {
    async fn create(&self) -> Result<Box<dyn BlobWriter>, Internal> {
        Err(Internal::new("there are no blobs here"))
    }

    async fn read(&self, _: &BlobId, _: Range<u64>) -> Result<Option<Box<dyn BlobReader>>, Internal> {
        Ok(None)
    }

    async fn length(&self, _: &BlobId) -> Result<Option<u64>, Internal> {
        Ok(None)
    }

    async fn remove(&self, _: &BlobId) -> Result<(), Internal> {
        Ok(())
    }
}

const OPERATIONS: [(&str, &str); 13] = [
    ("PUT", "/other"),
    ("PUT", "/bucket?acl"),
    ("PUT", "/bucket?encryption"),
    ("PUT", "/bucket?notification"),
    ("PUT", "/bucket?ownershipControls"),
    ("PUT", "/bucket?policy"),
    ("PUT", "/bucket?publicAccessBlock"),
    ("PUT", "/bucket?tagging"),
    ("POST", "/bucket?delete"),
    ("PUT", "/bucket/key?tagging"),
    ("PUT", "/bucket/key?acl"),
    ("POST", "/bucket/key?uploadId=x"),
    ("PUT", "/bucket/key"),
];

async fn request(s3: &S3, method: &str, target: &str, body: Vec<u8>) {
    let request = http::Request::builder().method(method).uri(target).header("content-length", body.len());
    ask(s3, request.body(wire::body_of(body)).expect("a request")).await;
}

pub fn probe(data: &[u8]) {
    let (clock, table) = (Clock::manual(NOW), Arc::new(MemoryTable::new()));
    runtime().block_on(async {
        let delivery =
            Delivery::new(Settings::default(), table.clone(), clock.clone(), Dice::seeded(1), Tasks::new());
        let s3 = S3::new(table, Arc::new(NoBlobs), clock, delivery);
        request(&s3, "PUT", "/bucket", Vec::new()).await;
        request(&s3, "PUT", "/bucket/key", b"content".to_vec()).await;
        for document in data.split(|byte| *byte == b'\n').take(4) {
            let Some((which, document)) = document.split_first() else { continue };
            let (method, target) = OPERATIONS[usize::from(*which) % OPERATIONS.len()];
            request(&s3, method, target, document.to_vec()).await;
            request(&s3, "GET", target, Vec::new()).await;
        }
    });
}
