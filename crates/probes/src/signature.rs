//! Claims of a signature, and the canonical request of what can be read.

use crate::world::lines;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use wire::sigv4::{Encoding, Head, SigningKey, read, string_to_sign};

pub fn probe(data: &[u8]) {
    let lines = lines(data, 40);
    let [path, query, rest @ ..] = lines.as_slice() else { return };
    let mut headers = HeaderMap::new();
    for (name, value) in rest.iter().filter_map(|line| line.split_once(':')) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let Ok(Some(claim)) = read(query, &headers) else { return };
    let head = Head { method: &Method::GET, path, query, headers: &headers, host: "localhost" };
    let key = SigningKey::derive("secret", &claim.scope);
    for encoding in [Encoding::AsSent, Encoding::Once, Encoding::Twice] {
        let text = string_to_sign(&claim, &head, encoding, "UNSIGNED-PAYLOAD");
        assert!(text.len() < 200 + data.len() * 4);
        assert!(key.verifies(&text, &key.sign(&text)));
        let _ = key.verifies(&text, &claim.signature);
    }
}
