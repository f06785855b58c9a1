//! Headers that several operations share: content, checksums, conditions, tags, and those that ask for what is not built.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{Fault, Time};
use percent_encoding::percent_decode_str;

use super::asked::{Asked, text};
use super::names::quoted;
use crate::engine::{
    Algorithm, Announced, Checksum, ChecksumKind, ContentHeaders, Object, ReadConditions, Tag, TagScope,
    WriteCondition, check_tags,
};
use crate::{faults, limits};

/// Storage classes that are kept and told again; where the bytes are is the same for all.
const STORAGE_CLASSES: [&str; 6] =
    ["STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"];

/// The headers that are kept with an object.
pub fn content_headers(asked: &Asked) -> Result<ContentHeaders, Fault> {
    let storage_class = asked.header("x-amz-storage-class");
    if let Some(class) = storage_class.as_deref() {
        // An archived object cannot be read before RestoreObject, which is not built.
        if matches!(class, "GLACIER" | "DEEP_ARCHIVE") {
            return Err(faults::header_not_implemented("x-amz-storage-class"));
        }
        if !STORAGE_CLASSES.contains(&class) {
            return Err(faults::invalid_storage_class(class));
        }
    }
    Ok(ContentHeaders {
        content_type: asked.header("content-type").filter(|value| !value.is_empty()),
        cache_control: asked.header("cache-control"),
        content_disposition: asked.header("content-disposition"),
        content_encoding: asked.header("content-encoding").and_then(|value| without_chunks(&value)),
        content_language: asked.header("content-language"),
        expires: asked.header("expires"),
        metadata: metadata(asked)?,
        storage_class: storage_class.filter(|class| class != "STANDARD"),
    })
}

/// `aws-chunked` says how the request came, not what the content is.
fn without_chunks(encoding: &str) -> Option<String> {
    let kept: Vec<_> = encoding.split(',').map(str::trim).filter(|part| *part != "aws-chunked").collect();
    let kept = kept.join(",");
    (!kept.is_empty()).then_some(kept)
}

fn metadata(asked: &Asked) -> Result<BTreeMap<String, String>, Fault> {
    let mut metadata = BTreeMap::<String, String>::new();
    for (name, value) in &asked.headers {
        let Some(name) = name.as_str().strip_prefix("x-amz-meta-") else { continue };
        let value = text(value.as_bytes());
        metadata.entry(name.to_owned()).and_modify(|all| *all = format!("{all},{value}")).or_insert(value);
    }
    let size = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > limits::METADATA_BYTES { Err(faults::metadata_too_large(size)) } else { Ok(metadata) }
}

/// What the request says of its body: length, digests, checksums in headers, and those that trailers will bring.
pub fn announced(asked: &Asked) -> Result<Announced, Fault> {
    let decoded = asked.header("x-amz-decoded-content-length");
    if asked.headers.contains_key("transfer-encoding") && decoded.is_none() {
        return Err(faults::header_not_implemented("Transfer-Encoding"));
    }
    let length = decoded.or_else(|| asked.header("content-length"));
    let length = length.and_then(|length| length.parse().ok()).ok_or_else(faults::missing_content_length)?;
    if length > limits::PUT_BYTES {
        return Err(faults::entity_too_large(length));
    }
    let content_md5 = asked.header("content-md5");
    let digest = |value: &&String| STANDARD.decode(value).is_ok_and(|digest| digest.len() == 16);
    if let Some(value) = content_md5.as_ref().filter(|value| !digest(value)) {
        return Err(faults::invalid_digest(value));
    }
    let checksums = checksum_headers(asked)?;
    let trailing = trailing(asked)?;
    let algorithm = checksums.first().map(|(algorithm, _)| *algorithm).or(trailing).or(named(asked)?);
    Ok(Announced { length: Some(length), content_md5, checksums, trailing, algorithm })
}

/// The checksum that `x-amz-trailer` says will come after the content.
fn trailing(asked: &Asked) -> Result<Option<Algorithm>, Fault> {
    let Some(name) = asked.header("x-amz-trailer") else { return Ok(None) };
    if name.to_ascii_lowercase().starts_with("x-amz-checksum-xxhash") {
        return Err(faults::header_not_implemented("x-amz-trailer"));
    }
    let algorithm =
        Algorithm::ALL.into_iter().find(|algorithm| name.eq_ignore_ascii_case(algorithm.header()));
    algorithm.map(Some).ok_or_else(|| {
        faults::invalid_request("The value specified in the x-amz-trailer header is not supported")
    })
}

/// The checksums of headers; at most one, as on AWS.
pub fn checksum_headers(asked: &Asked) -> Result<Vec<(Algorithm, String)>, Fault> {
    let mut checksums = Vec::new();
    if let Some(name) = asked.headers.keys().find(|name| name.as_str().starts_with("x-amz-checksum-xxhash")) {
        return Err(faults::header_not_implemented(name.as_str()));
    }
    for algorithm in Algorithm::ALL {
        if let Some(value) = asked.header(algorithm.header()) {
            if !algorithm.could_be(value.split('-').next().unwrap_or("")) {
                return Err(faults::invalid_checksum(algorithm.header()));
            }
            checksums.push((algorithm, value));
        }
    }
    if checksums.len() > 1 {
        let message = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
        return Err(faults::invalid_request(message));
    }
    Ok(checksums)
}

/// The algorithm named by `x-amz-sdk-checksum-algorithm` or `x-amz-checksum-algorithm`.
fn named(asked: &Asked) -> Result<Option<Algorithm>, Fault> {
    let name =
        asked.header("x-amz-checksum-algorithm").or_else(|| asked.header("x-amz-sdk-checksum-algorithm"));
    let Some(name) = name else { return Ok(None) };
    if name.to_ascii_uppercase().starts_with("XXHASH") {
        return Err(faults::header_not_implemented("x-amz-checksum-algorithm"));
    }
    let algorithm = Algorithm::of_name(&name);
    algorithm.map(Some).ok_or_else(|| {
        faults::invalid_request(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: \
             [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
        )
    })
}

/// The algorithm and kind that an upload in parts, or a copy, asks for.
pub fn upload_checksum(asked: &Asked) -> Result<Option<(Algorithm, ChecksumKind)>, Fault> {
    let kind = match asked.header("x-amz-checksum-type").as_deref() {
        None => None,
        Some("FULL_OBJECT") => Some(ChecksumKind::FullObject),
        Some("COMPOSITE") => Some(ChecksumKind::Composite),
        Some(_) => return Err(faults::invalid_request("Value for x-amz-checksum-type header is invalid.")),
    };
    let Some(algorithm) = named(asked)? else {
        return match kind {
            None => Ok(None),
            Some(_) => Err(faults::invalid_request(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
            )),
        };
    };
    let kind = kind.unwrap_or_else(|| algorithm.default_kind());
    if !algorithm.can_be(kind) {
        let (kind, algorithm) = (kind.name(), algorithm.name().to_lowercase());
        let message =
            format!("The {kind} checksum type cannot be used with the {algorithm} checksum algorithm.");
        return Err(faults::invalid_request(message));
    }
    Ok(Some((algorithm, kind)))
}

pub fn read_conditions(asked: &Asked) -> ReadConditions {
    conditions(asked, "")
}

pub fn copy_source_conditions(asked: &Asked) -> ReadConditions {
    conditions(asked, "x-amz-copy-source-")
}

fn conditions(asked: &Asked, prefix: &str) -> ReadConditions {
    let header = |name: &str| asked.header(&format!("{prefix}{name}"));
    // A date that cannot be read is as if it were not there (RFC 9110, 13.1.3).
    let time = |name: &str| header(name).and_then(|value| Time::parse_http_date(&value));
    ReadConditions {
        if_match: header("if-match"),
        if_none_match: header("if-none-match"),
        if_modified_since: time("if-modified-since"),
        if_unmodified_since: time("if-unmodified-since"),
    }
}

pub fn write_condition(asked: &Asked) -> Result<WriteCondition, Fault> {
    match (asked.header("if-match"), asked.header("if-none-match")) {
        (None, None) => Ok(WriteCondition::None),
        (None, Some(tag)) if tag.trim() == "*" => Ok(WriteCondition::Absent),
        (None, Some(_)) => Err(faults::header_not_implemented("If-None-Match")),
        (Some(tags), None) => Ok(WriteCondition::Matches(tags)),
        (Some(_), Some(_)) => Err(faults::header_not_implemented("If-Match")),
    }
}

/// The tags of `x-amz-tagging`, spelled as a query.
pub fn tags_header(asked: &Asked) -> Result<Vec<Tag>, Fault> {
    asked.header("x-amz-tagging").map_or(Ok(Vec::new()), |header| parse_tagging(&header))
}

fn parse_tagging(header: &str) -> Result<Vec<Tag>, Fault> {
    let invalid = || {
        let message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters \
                       without tag name duplicates.";
        faults::invalid_argument(message, "x-amz-tagging", header)
    };
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().map(|text| text.into_owned()).map_err(|_| invalid())
    };
    let mut tags = Vec::<Tag>::new();
    for pair in header.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let tag = Tag { key: decoded(key)?, value: decoded(value)? };
        if tags.iter().any(|other| other.key == tag.key) {
            return Err(invalid());
        }
        tags.push(tag);
    }
    check_tags(&tags, TagScope::Object)?;
    Ok(tags)
}

/// Fails on headers of a write that ask for what is not built, so that none is silently ignored.
pub fn refuse_unbuilt(asked: &Asked) -> Result<(), Fault> {
    let acl = asked.header("x-amz-acl");
    let granted = asked.headers.keys().any(|name| name.as_str().starts_with("x-amz-grant-"));
    if granted || acl.is_some_and(|acl| acl != "private" && acl != "bucket-owner-full-control") {
        return Err(faults::no_access_control_lists());
    }
    if let Some(encryption) = asked.header("x-amz-server-side-encryption") {
        if encryption.starts_with("aws:kms") || encryption == "aws:fsx" {
            return Err(faults::header_not_implemented("x-amz-server-side-encryption"));
        }
        if encryption != "AES256" {
            let message = "The encryption method specified is not supported";
            let fault = Fault::new("InvalidEncryptionAlgorithmError", 400, message);
            return Err(fault
                .member("ArgumentName", "x-amz-server-side-encryption")
                .member("ArgumentValue", encryption));
        }
    }
    refuse_object_lock(asked)?;
    for name in asked.headers.keys() {
        let name = name.as_str();
        let customer = name.contains("server-side-encryption-customer-");
        if customer || matches!(name, "x-amz-website-redirect-location" | "x-amz-write-offset-bytes") {
            return Err(faults::header_not_implemented(name));
        }
    }
    Ok(())
}

fn refuse_object_lock(asked: &Asked) -> Result<(), Fault> {
    if asked.headers.keys().any(|name| name.as_str().starts_with("x-amz-object-lock-")) {
        return Err(faults::invalid_request("Bucket is missing Object Lock Configuration"));
    }
    Ok(())
}

/// The headers that tell what an object is, for `GetObject` and `HeadObject`.
pub fn object_headers(object: &Object, checksum: Option<&Checksum>) -> Vec<(String, String)> {
    let kept = &object.headers;
    let own = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
    let optional = |name: &str, value: &Option<String>| value.as_deref().and_then(|value| own(name, value));
    let mut headers: Vec<_> = [
        own("last-modified", &object.modified.http_date()),
        own("etag", &quoted(&object.etag)),
        own("accept-ranges", "bytes"),
        own("content-type", kept.content_type.as_deref().unwrap_or("binary/octet-stream")),
        own("x-amz-server-side-encryption", "AES256"),
        optional("cache-control", &kept.cache_control),
        optional("content-disposition", &kept.content_disposition),
        optional("content-encoding", &kept.content_encoding),
        optional("content-language", &kept.content_language),
        optional("expires", &kept.expires),
        optional("x-amz-storage-class", &kept.storage_class),
    ]
    .into_iter()
    .flatten()
    .collect();
    let metadata = kept.metadata.iter();
    headers.extend(metadata.map(|(name, value)| (format!("x-amz-meta-{name}"), header_text(value))));
    if !object.tags.is_empty() {
        headers.push(("x-amz-tagging-count".to_owned(), object.tags.len().to_string()));
    }
    if let Some(checksum) = checksum {
        headers.push((checksum.algorithm.header().to_owned(), checksum.value.clone()));
        headers.push(("x-amz-checksum-type".to_owned(), checksum.kind.name().to_owned()));
    }
    headers
}

/// AWS: metadata beyond ASCII comes back in the encoding of RFC 2047.
fn header_text(value: &str) -> String {
    if value.is_ascii() { value.to_owned() } else { format!("=?UTF-8?B?{}?=", STANDARD.encode(value)) }
}
