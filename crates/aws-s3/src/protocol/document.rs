//! Documents that several operations take or give: tags, and the digests that guard a document.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use model::Fault;

use super::asked::Asked;
use super::headers::checksum_headers;
use super::names::canonical_id;
use super::xml::{Element, Node};
use crate::engine::{Checksum, Tag, Upload, checksum_of};
use crate::{faults, limits};

/// Checks the document against `Content-MD5` and `x-amz-checksum-*`; where one is `needed`, one has to be there.
pub fn check_document(asked: &Asked, needed: bool) -> Result<(), Fault> {
    let (digest, checksums) = (asked.header("content-md5"), checksum_headers(asked)?);
    if needed && digest.is_none() && checksums.is_empty() {
        return Err(faults::invalid_request(
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
        ));
    }
    if let Some(expected) = digest {
        if !STANDARD.decode(&expected).is_ok_and(|digest| digest.len() == 16) {
            return Err(faults::invalid_digest(&expected));
        }
        let calculated = STANDARD.encode(Md5::digest(&asked.document));
        if calculated != expected {
            return Err(faults::bad_digest(&expected, &calculated));
        }
    }
    for (algorithm, value) in checksums {
        if checksum_of(algorithm, &asked.document) != value {
            return Err(faults::bad_checksum(algorithm.name()));
        }
    }
    Ok(())
}

/// The `Tag` elements in this one.
pub fn read_tags(set: &Node) -> Result<Vec<Tag>, Fault> {
    set.only(&["Tag"])?;
    let tag = |node: &Node| {
        node.only(&["Key", "Value"])?;
        Ok(Tag { key: node.required("Key")?.to_owned(), value: node.required("Value")?.to_owned() })
    };
    set.all("Tag").map(tag).collect()
}

/// The tags of a `Tagging` document.
pub fn read_tagging(document: &[u8]) -> Result<Vec<Tag>, Fault> {
    let document = Node::document(document, "Tagging")?;
    read_tags(document.child("TagSet").ok_or_else(faults::malformed_xml)?)
}

/// A `Tagging` document of these tags.
pub fn tagging(tags: &[Tag]) -> Element {
    let tags = tags.iter().map(|tag| Element::new("Tag").text("Key", &tag.key).text("Value", &tag.value));
    Element::root("Tagging").child(Element::new("TagSet").children(tags))
}

/// The access control list that everything has: the owner may do everything, and nobody else is named.
pub fn owner_only(owner: &model::AccountId) -> Element {
    let id = canonical_id(owner);
    let grantee = Element::new("Grantee")
        .attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .attribute("xsi:type", "CanonicalUser")
        .text("ID", &id);
    let grant = Element::new("Grant").child(grantee).text("Permission", "FULL_CONTROL");
    Element::root("AccessControlPolicy")
        .child(Element::new("Owner").text("ID", &id))
        .child(Element::new("AccessControlList").child(grant))
}

/// Elements for the checksum of an object or part, as in `ChecksumCRC32`.
pub fn with_checksum(element: Element, checksum: Option<&Checksum>) -> Element {
    let name = |checksum: &Checksum| format!("Checksum{}", checksum.algorithm.name());
    match checksum {
        Some(checksum) => element.text(&name(checksum), &checksum.value),
        None => element,
    }
}

/// Who began an upload: a principal that has an ARN by it, others by their account's canonical id.
pub fn initiator(upload: &Upload) -> Element {
    let id = upload.initiator.clone().filter(|arn| !arn.ends_with(":root"));
    Element::new("Initiator").text("ID", id.unwrap_or_else(|| canonical_id(&upload.account)))
}

/// The upload that a request is about.
pub fn upload_id(asked: &Asked) -> Result<String, Fault> {
    match asked.param("uploadId") {
        Some(id) if !id.is_empty() => Ok(id.to_owned()),
        _ => Err(faults::invalid_argument("This operation does not accept a query-string.", "uploadId", "")),
    }
}

/// The number of the part that a request is about.
pub fn part_number(asked: &Asked) -> Result<u32, Fault> {
    let text = asked.param("partNumber").unwrap_or("");
    text.parse().ok().filter(|number| (1..=limits::PARTS).contains(number)).ok_or_else(|| {
        let message = "Part number must be an integer between 1 and 10000, inclusive";
        faults::invalid_argument(message, "partNumber", text)
    })
}
