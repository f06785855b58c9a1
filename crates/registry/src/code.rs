//! A function's code as it was handed in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{BlobId, Record};

/// A zip in the code store. Its address is the SHA-256 that clients see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    pub blob: BlobId,
    /// Of the zip, in bytes.
    pub size: u64,
}

impl Record for Code {
    const VERSION: u32 = 1;
}

impl Code {
    /// What a zip will be called in the code store.
    pub fn of(zip: &[u8]) -> Self {
        Self { blob: BlobId::from_sha256(Sha256::digest(zip).into()), size: zip.len() as u64 }
    }

    /// `CodeSha256`: base64 of the zip's SHA-256.
    pub fn sha256_base64(&self) -> String {
        STANDARD.encode(self.blob.sha256())
    }
}
