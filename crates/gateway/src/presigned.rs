//! URLs of S3 that were presigned with Signature Version 2: whether they hold.

use model::{Fault, Time};
use wire::sigv2::{Claim, string_to_sign, verifies};
use wire::sigv4::Head;

use crate::faults;

/// Fails when the URL has ended, or was made with another secret or for another request. `bucket` is the one that the
/// host names.
pub fn holds(
    claim: &Claim,
    head: &Head<'_>,
    bucket: Option<&str>,
    secret: &str,
    now: Time,
) -> Result<(), Fault> {
    if claim.ends < now {
        return Err(faults::url_expired(claim.ends, now));
    }
    let text = string_to_sign(claim, head, bucket);
    if verifies(secret, &text, claim) {
        return Ok(());
    }
    Err(faults::wrong_s3_signature(&claim.access_key_id, &text, &claim.signature))
}
