//! What a signature says of the body, and the body that is checked accordingly while it streams by.

use http::HeaderMap;
use http_body_util::BodyExt;
use model::Fault;
use service::Protocol;
use wire::aws_chunked::{ChunkSigner, Decoded};
use wire::sigv4::{Claim, Place, SigningKey, UNSIGNED_PAYLOAD};
use wire::{Body, Hashed};

use crate::faults;

const CHUNKED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const CHUNKED_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
const CHUNKED_UNSIGNED: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// How the body is covered by the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    Unsigned,
    /// Its SHA-256 in hexadecimal was sent with the request.
    Hashed(String),
    /// Its SHA-256 is signed but was not sent: it has to be read first.
    ToBeHashed,
    /// In the content encoding `aws-chunked`; `length` bytes come out.
    Chunked {
        name: &'static str,
        length: u64,
    },
}

/// Reads what the request says.
pub fn of(protocol: Protocol, claim: &Claim, headers: &HeaderMap) -> Result<Payload, Fault> {
    let said = headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok());
    let signed = |name: &str| claim.signed_headers.iter().any(|signed| signed == name);
    let in_query = matches!(claim.place, Place::Query { .. });
    match said {
        Some(UNSIGNED_PAYLOAD) => Ok(Payload::Unsigned),
        Some(hash) if is_sha256(hash) && (!in_query || signed("x-amz-content-sha256")) => {
            Ok(Payload::Hashed(hash.to_owned()))
        }
        Some(name) if name.starts_with("STREAMING-") => chunked(name, headers),
        Some(other) if !in_query => Err(faults::unknown_payload_hash(other)),
        _ if protocol != Protocol::RestXml => Ok(Payload::ToBeHashed),
        _ if in_query => Ok(Payload::Unsigned),
        _ => Err(faults::missing_payload_hash()),
    }
}

/// Reads what a request says whose signature says nothing of its body, or that has none.
pub fn of_unsigned(headers: &HeaderMap) -> Result<Payload, Fault> {
    match headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok()) {
        Some(hash) if is_sha256(hash) => Ok(Payload::Hashed(hash.to_owned())),
        Some(CHUNKED_UNSIGNED) => chunked(CHUNKED_UNSIGNED, headers),
        None | Some(UNSIGNED_PAYLOAD) => Ok(Payload::Unsigned),
        // There is nothing to check the signatures of its chunks with.
        Some(other) => Err(faults::unknown_payload_hash(other)),
    }
}

fn chunked(name: &str, headers: &HeaderMap) -> Result<Payload, Fault> {
    let known = [CHUNKED, CHUNKED_TRAILER, CHUNKED_UNSIGNED].into_iter().find(|known| *known == name);
    let Some(name) = known else { return Err(faults::unknown_payload_hash(name)) };
    let length =
        headers.get("x-amz-decoded-content-length").and_then(|value| value.to_str().ok()?.parse().ok());
    length.map(|length| Payload::Chunked { name, length }).ok_or_else(faults::missing_decoded_length)
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Payload {
    /// What stands for the payload in the canonical request; `read` is the SHA-256 of a body that had to be read first.
    pub fn in_signature<'a>(&'a self, read: Option<&'a str>) -> &'a str {
        match self {
            Self::Unsigned => UNSIGNED_PAYLOAD,
            Self::Hashed(hash) => hash,
            Self::ToBeHashed => read.unwrap_or_default(),
            Self::Chunked { name, .. } => name,
        }
    }

    /// The body with its check. The claim and the key are those of a request whose own signature holds.
    pub fn checked(&self, body: Body, signed: Option<(&Claim, SigningKey)>) -> Body {
        match self {
            Self::Unsigned | Self::ToBeHashed => body,
            Self::Hashed(hash) => Hashed::new(body, hash).boxed_unsync(),
            Self::Chunked { name, length } => {
                let signed = signed.filter(|_| *name != CHUNKED_UNSIGNED);
                let signer = signed.map(|(claim, key)| ChunkSigner {
                    key,
                    scope: claim.scope.clone(),
                    amz_date: claim.amz_date.clone(),
                    previous: claim.signature.clone(),
                });
                Decoded::new(body, *length, signer).boxed_unsync()
            }
        }
    }
}
