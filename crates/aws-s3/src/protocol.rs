//! The XML-over-REST protocol of S3: requests into inputs, outputs and faults into answers.

mod answer;
mod asked;
mod body;
mod document;
mod driver;
mod headers;
mod names;
mod route;
mod xml;

pub use answer::{Answer, answer_ids};
pub use asked::{Asked, OnBucket, OnObject};
pub use body::{Upload, streamed};
pub use document::{
    check_document, initiator, owner_only, part_number, read_tagging, read_tags, tagging, upload_id,
    with_checksum,
};
pub use driver::{Entry, Exchange, entry};
pub use headers::{
    announced, checksum_headers, content_headers, copy_source_conditions, object_headers, read_conditions,
    refuse_unbuilt, tags_header, upload_checksum, write_condition,
};
pub use names::{canonical_id, event_key, listed_key, path_key, quoted, unquoted};
pub use xml::{Element, Node};
