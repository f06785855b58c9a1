//! Documents that several operations take or give: tags, and the digests that guard a document.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use model::Fault;

use super::asked::Asked;
use super::headers::checksum_headers;
use super::xml::{Element, Node};
use crate::engine::{Tag, checksum_of};
use crate::faults;

/// Checks the document against `Content-MD5` and `x-amz-checksum-*`; where one is `needed`, one has to be there.
pub fn check_document(asked: &Asked, needed: bool) -> Result<(), Fault> {
    let (digest, checksums) = (asked.header("content-md5"), checksum_headers(asked)?);
    if needed && digest.is_none() && checksums.is_empty() {
        return Err(faults::invalid_request("Missing required header for this request: Content-MD5 OR x-amz-checksum-*"));
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
