//! The canonical request and the string to sign.

use http::{HeaderMap, Method};

use super::{Claim, Place, sha256_hex};
use crate::uri::{decoded, encoded, encoded_path};

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
    format!("AWS4-HMAC-SHA256\n{}\n{}\n{}", claim.amz_date, claim.scope, sha256_hex(canonical.as_bytes()))
}

fn canonical_request(claim: &Claim, head: &Head<'_>, encoding: Encoding, payload_hash: &str) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(head.method.as_str());
    text.push('\n');
    text.push_str(&canonical_path(head.path, encoding));
    text.push('\n');
    text.push_str(&canonical_query(head.query, claim.place));
    text.push('\n');
    for name in &claim.signed_headers {
        text.push_str(name);
        text.push(':');
        push_header(&mut text, name, head);
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&claim.signed_headers.join(";"));
    text.push('\n');
    text.push_str(payload_hash);
    text
}

fn canonical_path(path: &str, encoding: Encoding) -> String {
    let path = if path.is_empty() { "/" } else { path };
    match encoding {
        Encoding::AsSent => path.to_owned(),
        Encoding::Once => encoded_path(&decoded(path)),
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
    let recode = |text: &str| encoded(&decoded(text));
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| !(matches!(place, Place::Query { .. }) && *name == "X-Amz-Signature"))
        .map(|(name, value)| (recode(name), recode(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// All values of the header, joined by commas, with runs of blanks as one.
fn push_header(text: &mut String, name: &str, head: &Head<'_>) {
    if name == "host" {
        text.push_str(head.host);
        return;
    }
    for (index, value) in head.headers.get_all(name).iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        for (index, word) in value.split([' ', '\t']).filter(|word| !word.is_empty()).enumerate() {
            if index > 0 {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
}
