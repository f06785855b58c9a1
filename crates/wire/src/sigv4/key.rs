//! Signing keys: derived from the secret, the day, the region and the service.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::Scope;

/// Good for one scope: a day, a region, a service.
#[derive(Clone)]
pub struct SigningKey([u8; 32]);

impl SigningKey {
    pub fn derive(secret: &str, scope: &Scope) -> Self {
        let day = mac(format!("AWS4{secret}").as_bytes(), scope.date.as_bytes());
        let region = mac(&day, scope.region.as_bytes());
        let service = mac(&region, scope.service.as_bytes());
        Self(mac(&service, b"aws4_request"))
    }

    /// The signature of a string to sign, in hexadecimal.
    pub fn sign(&self, string_to_sign: &str) -> String {
        hex::encode(mac(&self.0, string_to_sign.as_bytes()))
    }

    /// Whether this is the signature of the string, in a time that does not depend on where they differ.
    pub fn verifies(&self, string_to_sign: &str, signature: &str) -> bool {
        let Ok(claimed) = hex::decode(signature) else { return false };
        let mut hmac = keyed(&self.0);
        hmac.update(string_to_sign.as_bytes());
        hmac.verify_slice(&claimed).is_ok()
    }
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(sha256(bytes))
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut hmac = keyed(key);
    hmac.update(message);
    hmac.finalize().into_bytes().into()
}
