//! The `Blobs` port: large values, written once, named by what they contain.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use async_trait::async_trait;
use bytes::Bytes;
use model::Internal;
use serde::{Deserialize, Serialize};

/// The SHA-256 of a blob's bytes: its content address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlobId([u8; 32]);

impl BlobId {
    pub fn from_sha256(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    pub fn sha256(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Large values. A blob that is nobody's any more is removed by `remove`; whoever owns rows that name blobs decides.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Begins a blob. Nothing is kept unless `finish` is called.
    async fn create(&self) -> Result<Box<dyn BlobWriter>, Internal>;

    /// Reads the bytes of `range` in pieces; `None` when there is no such blob.
    /// A range beyond the end gives what there is.
    async fn read(&self, id: &BlobId, range: Range<u64>) -> Result<Option<Box<dyn BlobReader>>, Internal>;

    /// The length in bytes; `None` when there is no such blob.
    async fn length(&self, id: &BlobId) -> Result<Option<u64>, Internal>;

    /// Removes it; nothing happens when there is no such blob. Readers that have begun go on.
    async fn remove(&self, id: &BlobId) -> Result<(), Internal>;
}

/// A blob being written. Dropping it discards it.
#[async_trait]
pub trait BlobWriter: Send {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Internal>;

    /// The address that `finish` would give now. Lets an owner write down that it uses the blob before there is one.
    async fn address(&mut self) -> Result<BlobId, Internal>;

    /// Makes it durable and gives its address. The same content written twice is one blob.
    async fn finish(self: Box<Self>) -> Result<BlobId, Internal>;
}

/// A blob being read.
#[async_trait]
pub trait BlobReader: Send {
    /// The next piece, not empty; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Internal>;
}

impl fmt::Display for BlobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for BlobId {
    type Err = InvalidBlobId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digest = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(InvalidBlobId);
        }
        for (byte, digits) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| InvalidBlobId)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| InvalidBlobId)?;
        }
        Ok(Self(digest))
    }
}

impl TryFrom<String> for BlobId {
    type Error = InvalidBlobId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<BlobId> for String {
    fn from(id: BlobId) -> Self {
        id.to_string()
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidBlobId;

impl fmt::Display for InvalidBlobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a blob's address is 64 hexadecimal digits")
    }
}

impl std::error::Error for InvalidBlobId {}
