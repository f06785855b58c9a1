//! A request written as text, and whether its signature holds.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use wire::sigv4::{
    Claim, Encoding, Head, Place, SigningKey, UNSIGNED_PAYLOAD, read, sha256_hex, string_to_sign,
};

/// Who signs in the examples that AWS publishes.
pub struct Key {
    pub id: &'static str,
    pub secret: &'static str,
}

pub struct Exchange {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub host: String,
    pub body: Vec<u8>,
}

impl Exchange {
    /// Reads `METHOD target`, lines of headers, an empty line and the body; `None` when HTTP could not carry it.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let (method, target) = lines.next()?.split_once(' ')?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':')?;
            let name: HeaderName = name.parse().ok()?;
            headers.append(name, HeaderValue::from_str(value.strip_prefix(' ').unwrap_or(value)).ok()?);
        }
        let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default().trim();
        Some(Self {
            method: method.parse().ok()?,
            path: path.to_owned(),
            query: query.to_owned(),
            host: host.to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
        })
    }

    pub fn head(&self) -> Head<'_> {
        let Self { method, path, query, headers, host, .. } = self;
        Head { method, path, query, headers, host }
    }

    /// What stands for the payload; `None` when the body is not what a header says.
    fn payload(&self, place: Place) -> Option<String> {
        if matches!(place, Place::Query { .. }) {
            return Some(UNSIGNED_PAYLOAD.to_owned());
        }
        let found = sha256_hex(&self.body);
        match self.headers.get("x-amz-content-sha256").map(|said| said.to_str().unwrap_or_default().trim()) {
            None => Some(found),
            Some(said) if said.starts_with("STREAMING-") => Some(said.to_owned()),
            Some(said) => (said == found).then_some(found),
        }
    }

    fn string_to_sign(&self, claim: &Claim, encoding: Encoding) -> Option<String> {
        Some(string_to_sign(claim, &self.head(), encoding, &self.payload(claim.place)?))
    }

    /// What the signature must be.
    pub fn signature(&self, key: &Key, encoding: Encoding) -> Option<String> {
        let claim = read(&self.query, &self.headers).ok()??;
        let text = self.string_to_sign(&claim, encoding)?;
        Some(SigningKey::derive(key.secret, &claim.scope).sign(&text))
    }

    pub fn holds(&self, key: &Key, encoding: Encoding) -> bool {
        let Ok(Some(claim)) = read(&self.query, &self.headers) else { return false };
        let Some(text) = self.string_to_sign(&claim, encoding) else { return false };
        claim.access_key_id == key.id
            && SigningKey::derive(key.secret, &claim.scope).verifies(&text, &claim.signature)
    }
}

/// The signature is the one that we would make, we take it, and we take nothing of which one letter or digit differs.
pub fn check(name: &str, key: &Key, encoding: Encoding, text: &str, signature: &str) {
    let exchange = Exchange::parse(text).unwrap_or_else(|| panic!("{name} is not HTTP"));
    assert_eq!(exchange.signature(key, encoding).as_deref(), Some(signature), "{name}");
    assert!(exchange.holds(key, encoding), "{name} is refused");
    // Where a path goes back up, what it went down to is not signed.
    let begin = if exchange.path.contains("..") { text.find('\n').unwrap_or_default() } else { 0 };
    let letters = text.bytes().enumerate().skip(begin).filter(|(_, byte)| byte.is_ascii_alphanumeric());
    for (at, byte) in letters {
        // No digit in hexadecimal, so that percent-encoded bytes change as well.
        let other = if byte == b'z' { "y" } else { "z" };
        let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
        let held = Exchange::parse(&changed).is_some_and(|exchange| exchange.holds(key, encoding));
        assert!(!held, "{name} is taken though it was changed: {changed}");
    }
}
