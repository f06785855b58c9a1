//! Signature Version 2 in the query of a presigned URL of S3: what boto3 makes for us-east-1 unless it is told otherwise.
//! Source: S3 developer guide, "Signing and authenticating REST requests (AWS signature version 2)", "Query string
//! request authentication alternative".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use model::Time;
use sha1::Sha1;

use crate::sigv4::Head;
use crate::uri::{decoded, query_pairs};

/// The parts of the query that are signed: sub-resources, and headers of the answer.
const SIGNED: [&str; 31] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "website",
];

/// A signature of a presigned URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Whose key signed.
    pub access_key_id: String,
    /// In base64.
    pub signature: String,
    /// As it was sent: seconds since 1970.
    pub expires: String,
    /// When the URL ends.
    pub ends: Time,
    /// Of a session.
    pub session_token: Option<String>,
}

/// The claim of a query, `None` when it makes none. Fails with AWS's words when a part of it is missing or wrong.
pub fn read(query: &str) -> Result<Option<Claim>, String> {
    if !query.contains("AWSAccessKeyId=") && !query.contains("Signature=") {
        return Ok(None);
    }
    let pairs = query_pairs(query);
    let find = |name: &str| pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
    let (Some(access_key_id), Some(signature), Some(expires)) =
        (find("AWSAccessKeyId"), find("Signature"), find("Expires"))
    else {
        return Err(
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
                .to_owned(),
        );
    };
    let seconds = expires.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000));
    let ends = seconds.map(Time::from_millis);
    let ends = ends.ok_or_else(|| format!("Invalid date (should be seconds since epoch): {expires}"))?;
    let session_token = find("x-amz-security-token");
    Ok(Some(Claim { access_key_id, signature, expires, ends, session_token }))
}

/// What the signature is of. `bucket` is the one that the host names.
pub fn string_to_sign(claim: &Claim, head: &Head<'_>, bucket: Option<&str>) -> String {
    let header = |name: &str| text(head.headers, name).unwrap_or_default();
    let bucket = bucket.map(|bucket| format!("/{bucket}")).unwrap_or_default();
    format!(
        "{}\n{}\n{}\n{}\n{}{bucket}{}{}",
        head.method,
        header("content-md5"),
        header("content-type"),
        claim.expires,
        amz_headers(head),
        head.path,
        sub_resources(head.query),
    )
}

/// Whether this secret made the claim's signature, in a time that does not depend on where they differ.
pub fn verifies(secret: &str, string_to_sign: &str, claim: &Claim) -> bool {
    let Ok(claimed) = STANDARD.decode(&claim.signature) else { return false };
    let mut hmac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    hmac.update(string_to_sign.as_bytes());
    hmac.verify_slice(&claimed).is_ok()
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let first = values.next()?.trim().to_owned();
    Some(values.fold(first, |all, value| all + "," + value.trim()))
}

/// The headers under `x-amz-`, which may as well stand in the query.
fn amz_headers(head: &Head<'_>) -> String {
    let is_amz = |name: &str| name.starts_with("x-amz-");
    let names = head.headers.keys().map(|name| name.as_str()).filter(|name| is_amz(name));
    let mut headers: Vec<(String, String)> =
        names.filter_map(|name| Some((name.to_owned(), text(head.headers, name)?))).collect();
    for (name, value) in query_pairs(head.query) {
        if is_amz(&name) && !head.headers.contains_key(&name) {
            headers.push((name, value));
        }
    }
    headers.sort();
    headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect()
}

fn sub_resources(query: &str) -> String {
    let pairs = query
        .split('&')
        .map(|pair| pair.split_once('=').map_or((pair, None), |(name, value)| (name, Some(value))));
    let mut signed: Vec<_> = pairs.filter(|(name, _)| SIGNED.contains(name)).collect();
    signed.sort_unstable();
    let spelled = signed.iter().map(|(name, value)| match value {
        Some(value) => format!("{name}={}", decoded(value)),
        None => (*name).to_owned(),
    });
    let spelled = spelled.collect::<Vec<_>>().join("&");
    if spelled.is_empty() { spelled } else { format!("?{spelled}") }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Method};

    use super::*;

    const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    /// Made by botocore, of the same requests.
    #[test]
    fn urls_as_clients_sign_them() {
        for (path, query, token, signature) in SIGNED_URLS {
            let query = format!(
                "{query}AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature={signature}&Expires=1795600000{token}"
            );
            let claim = read(&query).unwrap().unwrap();
            let headers = HeaderMap::new();
            let head = Head { method: &Method::GET, path, query: &query, headers: &headers, host: "h" };
            let text = string_to_sign(&claim, &head, None);
            assert!(verifies(KEY, &text, &claim), "{path} {query}\n{text}");
            assert!(!verifies("other", &text, &claim));
        }
    }

    #[test]
    fn headers_and_hosts_are_signed() {
        let query = "AWSAccessKeyId=A&Signature=x&Expires=1&x-amz-acl=private&uploads&versionId=a%20b";
        let mut headers = HeaderMap::new();
        for (name, value) in [("content-type", "a/b"), ("x-amz-meta-b", " 1 "), ("content-md5", "m")] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let head = Head { method: &Method::PUT, path: "/k%20", query, headers: &headers, host: "h" };
        let claim = read(query).unwrap().unwrap();
        let text = string_to_sign(&claim, &head, Some("b"));
        assert_eq!(text, "PUT\nm\na/b\n1\nx-amz-acl:private\nx-amz-meta-b:1\n/b/k%20?uploads&versionId=a b");
    }

    #[test]
    fn what_is_no_claim() {
        assert_eq!(read("list-type=2"), Ok(None));
        assert!(read("AWSAccessKeyId=A&Expires=1").unwrap_err().contains("requires the Signature"));
        assert!(read("AWSAccessKeyId=A&Expires=x&Signature=y").unwrap_err().starts_with("Invalid date"));
    }

    const SIGNED_URLS: [(&str, &str, &str, &str); 4] = [
        ("/b/k", "", "", "CeK%2F4lvtY5MICdbLrOPry9yAmKA%3D"),
        ("/b/a%20b/%C3%A9", "", "", "uqtd8lq6Q7%2FZ3cQOj2v4KR%2FQ5s4%3D"),
        ("/b/k", "response-content-type=x%2Fy&", "", "n6rgYfmJl6EruEivWV%2BrAyjPp7Q%3D"),
        ("/b/k", "", "&x-amz-security-token=t%2Fo%3Dk", "nmQlcybQXsLgJ9IoNHNZeDv6Mzo%3D"),
    ];
}
