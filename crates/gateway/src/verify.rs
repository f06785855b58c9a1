//! Whether a signature holds: plain functions of the claim, the request's head, the secret and the time.

use http::HeaderMap;
use model::{Fault, Time};
use service::Protocol;
use wire::sigv4::{Claim, Encoding, Head, Malformed, Place, SigningKey, canonical_request, string_to_sign};

use crate::faults;
use crate::limits::{S3_SKEW, SKEW};

/// What can be said before the secret is known: that the claim is about now and about this request.
pub fn plausible(protocol: Protocol, claim: &Claim, headers: &HeaderMap, now: Time) -> Result<(), Fault> {
    in_time(protocol, claim, now)?;
    if !claim.amz_date.starts_with(&claim.scope.date) {
        let (scope, date) = (&claim.scope.date, claim.amz_date.get(..8).unwrap_or_default());
        let message = format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope}' != '{date}', from '{}'.",
            claim.amz_date
        );
        let in_query = matches!(claim.place, Place::Query { .. });
        return Err(faults::malformed(protocol, &Malformed { message, in_query }));
    }
    all_signed(protocol, claim, headers)
}

fn in_time(protocol: Protocol, claim: &Claim, now: Time) -> Result<(), Fault> {
    let skew = if protocol == Protocol::RestXml { S3_SKEW } else { SKEW };
    if claim.time > now + skew {
        return Err(faults::skewed(protocol, claim, now));
    }
    match claim.place {
        Place::Header if claim.time + skew < now => Err(faults::skewed(protocol, claim, now)),
        Place::Query { expires } if claim.time + expires < now => {
            let ends = claim.time + expires;
            Err(faults::presigned_expired(protocol, claim, ends, expires.as_secs(), now))
        }
        _ => Ok(()),
    }
}

fn all_signed(protocol: Protocol, claim: &Claim, headers: &HeaderMap) -> Result<(), Fault> {
    let signed = |name: &str| claim.signed_headers.iter().any(|signed| signed == name);
    if !signed("host") {
        let message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned();
        let in_query = matches!(claim.place, Place::Query { .. });
        return Err(faults::malformed(protocol, &Malformed { message, in_query }));
    }
    if protocol != Protocol::RestXml {
        return Ok(());
    }
    // The hash of the payload is part of what is signed, with its header or without.
    let unsigned: Vec<&str> = headers
        .keys()
        .map(|name| name.as_str())
        .filter(|name| name.starts_with("x-amz-") && *name != "x-amz-content-sha256" && !signed(name))
        .collect();
    if unsigned.is_empty() { Ok(()) } else { Err(faults::headers_not_signed(&unsigned.join(", "))) }
}

/// Whether the signature is the one that this key makes.
pub fn holds(
    protocol: Protocol,
    claim: &Claim,
    head: &Head<'_>,
    payload: &str,
    key: &SigningKey,
) -> Result<(), Fault> {
    // Clients of S3 differ in which characters they leave as they are in a path.
    let encodings: &[Encoding] = match protocol {
        Protocol::RestXml => &[Encoding::AsSent, Encoding::Once],
        _ => &[Encoding::Twice],
    };
    let signed = |encoding| string_to_sign(claim, head, encoding, payload);
    if encodings.iter().any(|encoding| key.verifies(&signed(*encoding), &claim.signature)) {
        return Ok(());
    }
    let told = encodings[encodings.len() - 1];
    let canonical = canonical_request(claim, head, told, payload);
    Err(faults::wrong_signature(protocol, claim, &signed(told), &canonical))
}
