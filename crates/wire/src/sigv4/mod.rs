//! Signature Version 4: reading what a request claims, working out what its signature must be, and signing our own.
//! Source: IAM user guide, "AWS Signature Version 4 for API requests".

mod canonical;
mod claim;
mod key;
mod sign;

pub use canonical::{Encoding, Head, canonical_request, string_to_sign};
pub use claim::{Claim, Malformed, Place, Scope, read};
pub use key::{SigningKey, sha256, sha256_hex};
pub use sign::{Signer, presign, sign};

/// A payload that the signature does not cover.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
