//! The canonical request and the string to sign.

use http::{HeaderMap, Method};

use super::{Claim, Place, sha256_hex};
use crate::uri::{encoded_path, recoded, recoded_path};

/// The part of a request that is signed beside its payload.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    pub method: &'a Method,
    /// As it came: percent-encoded.
    pub path: &'a str,
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    /// The Host header, or the authority of HTTP/2.
    pub host: &'a str,
}

/// How a path becomes canonical.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// S3: as it came.
    AsSent,
    /// S3, for clients that send fewer characters encoded than they sign: decoded and encoded once.
    Once,
    /// Everybody else: dot segments and double slashes removed, and encoded again as it came.
    Twice,
}

/// What the signature is of. `payload_hash` is the hexadecimal SHA-256 of the payload, or what stands for it.
pub fn string_to_sign(claim: &Claim, head: &Head<'_>, encoding: Encoding, payload_hash: &str) -> String {
    let canonical = canonical_request(claim, head, encoding, payload_hash);
    format!("AWS4-HMAC-SHA256\n{}\n{}\n{}", claim.amz_date, claim.scope, sha256_hex(&canonical))
}

/// What of a request the string to sign stands for.
pub fn canonical_request(claim: &Claim, head: &Head<'_>, encoding: Encoding, payload_hash: &str) -> Vec<u8> {
    let mut text = Vec::with_capacity(512);
    let mut line = |parts: &[&[u8]]| {
        parts.iter().for_each(|part| text.extend_from_slice(part));
        text.push(b'\n');
    };
    line(&[head.method.as_str().as_bytes()]);
    line(&[canonical_path(head.path, encoding).as_bytes()]);
    line(&[canonical_query(head.query, claim.place).as_bytes()]);
    for name in &claim.signed_headers {
        line(&[name.as_bytes(), b":", &canonical_header(name, head)]);
    }
    line(&[]);
    line(&[claim.signed_headers.join(";").as_bytes()]);
    text.extend_from_slice(payload_hash.as_bytes());
    text
}

fn canonical_path(path: &str, encoding: Encoding) -> String {
    let path = if path.is_empty() { "/" } else { path };
    match encoding {
        Encoding::AsSent => path.to_owned(),
        Encoding::Once => recoded_path(path),
        Encoding::Twice => encoded_path(&without_dots(path)),
    }
}

/// RFC 3986, section 5.2.4, and no empty segments.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.join("/"))
}

fn canonical_query(query: &str, place: Place) -> String {
    // A plus sign means itself here, unlike in forms.
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| !(matches!(place, Place::Query { .. }) && *name == "X-Amz-Signature"))
        .map(|(name, value)| (recoded(name), recoded(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// All values of the header, joined by commas, with runs of blanks as one.
fn canonical_header(name: &str, head: &Head<'_>) -> Vec<u8> {
    if name == "host" {
        return head.host.as_bytes().to_vec();
    }
    let values = head.headers.get_all(name).iter().map(|value| {
        let words = value.as_bytes().split(|byte| matches!(byte, b' ' | b'\t'));
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(&b' ')
    });
    values.collect::<Vec<_>>().join(&b',')
}
