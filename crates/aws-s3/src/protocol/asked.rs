//! A request of S3 taken apart: bucket, key, query, headers, document or stream.

use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use model::Fault;
use percent_encoding::percent_decode_str;

use super::body::Upload;
use crate::engine::At;
use crate::{faults, limits};

/// A request. Its body is read into `document`, but for the operations that take a stream.
pub struct Asked {
    pub method: Method,
    /// Empty when the request is about the service.
    pub bucket: String,
    /// Empty when the request is about a bucket.
    pub key: String,
    query: HashMap<String, String>,
    pub headers: HeaderMap,
    pub document: Bytes,
    pub upload: Upload,
}

/// The input of operations on a bucket that take nothing else.
pub struct OnBucket {
    pub bucket: String,
}

/// The input of operations on an object that take nothing else.
pub struct OnObject {
    pub at: At,
}

impl Asked {
    pub fn new(parts: http::request::Parts, upload: Upload) -> Result<Self, Fault> {
        let path = parts.uri.path();
        let (bucket, key) = path
            .strip_prefix('/')
            .unwrap_or(path)
            .split_once('/')
            .unwrap_or((&path[1.min(path.len())..], ""));
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8().map_err(|_| faults::invalid_uri(path))?;
            Ok::<_, Fault>(text.into_owned())
        };
        let (bucket, key) = (decoded(bucket)?, decoded(key)?);
        if key.len() > limits::KEY_BYTES {
            return Err(faults::key_too_long(key.len()));
        }
        let mut query = HashMap::new();
        for pair in parts.uri.query().unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            query.insert(decoded(&name.replace('+', " "))?, decoded(&value.replace('+', " "))?);
        }
        let (method, mut headers) = (parts.method, parts.headers);
        hoisted(&query, &mut headers);
        Ok(Self { method, bucket, key, query, headers, document: Bytes::new(), upload })
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    pub fn has(&self, name: &str) -> bool {
        self.query.contains_key(name)
    }

    /// A header's value; several of one name are joined by commas. Bytes that are no UTF-8 are taken for Latin-1.
    pub fn header(&self, name: &str) -> Option<String> {
        let mut values = self.headers.get_all(name).iter().map(|value| text(value.as_bytes()));
        let first = values.next()?;
        Some(values.fold(first, |all, value| all + "," + &value))
    }

    pub fn at(&self) -> At {
        At::new(&self.bucket, &self.key)
    }

    /// A number in the query, at least `least`; cut to `most`, or `most` when it is not there.
    pub fn count(&self, name: &'static str, most: usize) -> Result<usize, Fault> {
        let Some(value) = self.param(name).filter(|value| !value.is_empty()) else { return Ok(most) };
        match value.parse::<i64>() {
            Ok(number) if (0..=i64::from(i32::MAX)).contains(&number) => Ok((number as usize).min(most)),
            Ok(_) => {
                let message = format!("Argument {name} must be an integer between 0 and 2147483647");
                Err(faults::invalid_argument(message, name, value))
            }
            Err(_) => {
                let message = format!("Provided {name} not an integer or within integer range");
                Err(faults::invalid_argument(message, name, value))
            }
        }
    }

    /// `encoding-type=url`, or nothing.
    pub fn encodes(&self) -> Result<bool, Fault> {
        match self.param("encoding-type") {
            None => Ok(false),
            Some("url") => Ok(true),
            Some(other) => {
                let message = "Invalid Encoding Method specified in Request";
                Err(faults::invalid_argument(message, "encoding-type", other))
            }
        }
    }

    /// Nothing but the one version that objects have in a bucket without versions.
    pub fn refuse_version(&self) -> Result<(), Fault> {
        match self.param("versionId") {
            None | Some("null") => Ok(()),
            Some(other) => Err(faults::invalid_argument("Invalid version id specified", "versionId", other)),
        }
    }
}

/// AWS: in a presigned URL the headers under `x-amz-` may as well stand in the query.
fn hoisted(query: &HashMap<String, String>, headers: &mut HeaderMap) {
    for (name, value) in query {
        let name = name.to_ascii_lowercase();
        if !name.starts_with("x-amz-") || headers.contains_key(&name) {
            continue;
        }
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
        {
            headers.insert(name, value);
        }
    }
}

pub fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}
