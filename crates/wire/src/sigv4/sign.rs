//! Signing requests of our own: what a client does.

use std::time::Duration;

use http::Method;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use model::Time;

use super::{Claim, Encoding, Head, Place, Scope, SigningKey, UNSIGNED_PAYLOAD, sha256_hex, string_to_sign};
use crate::uri::encoded;

/// Who signs.
#[derive(Debug, Clone)]
pub struct Signer {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
    pub region: String,
}

impl Signer {
    fn claim(&self, service: &str, time: Time, signed_headers: Vec<String>, place: Place) -> Claim {
        let amz_date = time.amz_date();
        Claim {
            access_key_id: self.access_key_id.clone(),
            scope: Scope {
                date: amz_date[..8].to_owned(),
                region: self.region.clone(),
                service: service.to_owned(),
            },
            signed_headers,
            signature: String::new(),
            time,
            amz_date,
            session_token: self.session_token.clone(),
            place,
        }
    }
}

fn encoding(service: &str) -> Encoding {
    if service == "s3" { Encoding::AsSent } else { Encoding::Twice }
}

/// Adds the headers that make the request a signed one. `path` is percent-encoded, `headers` has no signature yet.
pub fn sign(
    signer: &Signer,
    service: &str,
    time: Time,
    (method, path, query, host): (&Method, &str, &str, &str),
    headers: &mut HeaderMap,
    body: &[u8],
) {
    let hash = sha256_hex(body);
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put("x-amz-date", &time.amz_date());
    put("x-amz-content-sha256", &hash);
    if let Some(token) = &signer.session_token {
        put("x-amz-security-token", token);
    }
    let mut signed: Vec<String> = headers.keys().map(|name| name.as_str().to_owned()).collect();
    signed.push("host".to_owned());
    signed.sort();
    let claim = signer.claim(service, time, signed, Place::Header);
    let head = Head { method, path, query, headers, host };
    let text = string_to_sign(&claim, &head, encoding(service), &hash);
    let signature = SigningKey::derive(&signer.secret_access_key, &claim.scope).sign(&text);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={signature}",
        claim.access_key_id,
        claim.scope,
        claim.signed_headers.join(";"),
    );
    if let Ok(value) = HeaderValue::from_str(&authorization) {
        headers.insert(AUTHORIZATION, value);
    }
}

/// The path and query of a presigned GET.
pub fn presign(
    signer: &Signer,
    service: &str,
    time: Time,
    path: &str,
    host: &str,
    lasting: Duration,
) -> String {
    let place = Place::Query { expires: lasting };
    let claim = signer.claim(service, time, vec!["host".to_owned()], place);
    let credential = encoded(&format!("{}/{}", claim.access_key_id, claim.scope));
    let mut query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={}&X-Amz-Expires={}&X-Amz-SignedHeaders=host",
        claim.amz_date,
        lasting.as_secs(),
    );
    if let Some(token) = &signer.session_token {
        query.push_str(&format!("&X-Amz-Security-Token={}", encoded(token)));
    }
    let headers = HeaderMap::new();
    let head = Head { method: &Method::GET, path, query: &query, headers: &headers, host };
    let text = string_to_sign(&claim, &head, encoding(service), UNSIGNED_PAYLOAD);
    let signature = SigningKey::derive(&signer.secret_access_key, &claim.scope).sign(&text);
    format!("{path}?{query}&X-Amz-Signature={signature}")
}
