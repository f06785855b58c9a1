//! A function's code as it was handed in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use store::BlobId;

/// A zip in the code store. Its address is the SHA-256 that clients see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    pub blob: BlobId,
    /// Of the zip, in bytes.
    pub size: u64,
}

impl Code {
    /// `CodeSha256`: base64 of the zip's SHA-256.
    pub fn sha256_base64(&self) -> String {
        STANDARD.encode(self.blob.sha256())
    }
}
