//! The rows of the object store.

use std::collections::BTreeMap;

use model::{AccountId, Region, Time};
use serde::{Deserialize, Serialize};
use store::{BlobId, Record};

use super::checksum::{Algorithm, Checksum, ChecksumKind};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bucket {
    pub owner: AccountId,
    pub region: Region,
    pub created: Time,
    /// Somebody is about to remove the bucket if it is empty. Whoever writes into it takes this back in the same
    /// commit, and the removal fails.
    #[serde(default)]
    pub closing: bool,
}

impl Record for Bucket {
    const VERSION: u32 = 1;
}

/// The headers that are kept with an object and given back as they came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContentHeaders {
    pub content_type: Option<String>,
    pub cache_control: Option<String>,
    pub content_disposition: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub expires: Option<String>,
    /// User metadata, names in lower case and without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
    /// `None` is `STANDARD`.
    pub storage_class: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    pub key: String,
    pub value: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Object {
    /// Without quotes.
    pub etag: String,
    pub size: u64,
    pub modified: Time,
    #[serde(default)]
    pub checksum: Option<Checksum>,
    #[serde(default)]
    pub headers: ContentHeaders,
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// The upload in parts that it came from.
    #[serde(default)]
    pub upload: Option<String>,
    /// How many parts it was uploaded in; 0 when it was not uploaded in parts.
    #[serde(default)]
    pub parts: u32,
    pub content: Content,
}

impl Record for Object {
    const VERSION: u32 = 1;
}

/// Where an object's bytes are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Content {
    One(Piece),
    /// The row of this id lists the pieces.
    Many {
        row: String,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Piece {
    pub place: Place,
    pub length: u64,
    /// The number of the part that it was uploaded as; 0 when it was not.
    #[serde(default)]
    pub part: u32,
    #[serde(default)]
    pub checksum: Option<Checksum>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Place {
    /// In the table, in the row of this id.
    Inline { row: String },
    /// In a blob, of which this use keeps it from being removed.
    Blob { blob: BlobId, usage: String },
}

/// The pieces of an object that has many.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pieces(pub Vec<Piece>);

impl Record for Pieces {
    const VERSION: u32 = 1;
}

/// An upload in parts that has begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Upload {
    pub initiated: Time,
    pub account: AccountId,
    /// The ARN of who began it.
    pub initiator: Option<String>,
    pub headers: ContentHeaders,
    pub tags: Vec<Tag>,
    pub algorithm: Algorithm,
    pub kind: ChecksumKind,
    /// Whether the client named the algorithm; otherwise it is the default.
    pub named: bool,
}

impl Record for Upload {
    const VERSION: u32 = 1;
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    pub etag: String,
    pub modified: Time,
    pub piece: Piece,
}

impl Record for Part {
    const VERSION: u32 = 1;
}
