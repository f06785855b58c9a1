//! What the lists of objects share.

use model::{Failure, Fault, Permission};

use crate::engine::{ListAsk, Listed, Object, Page};
use crate::protocol::{Asked, Element, canonical_id, listed_key, quoted};
use crate::{S3, limits};

/// A list that is asked for.
pub struct ListOf {
    pub bucket: String,
    pub ask: ListAsk,
    /// As it was asked for, told again.
    pub limit: usize,
    pub encodes: bool,
    pub tells_owner: bool,
}

pub struct Result {
    pub page: Page<Object>,
    pub owner: String,
}

impl ListOf {
    pub fn decode(asked: &Asked) -> std::result::Result<Self, Fault> {
        let limit = asked.count("max-keys", limits::PAGE)?;
        let text = |name: &str| asked.param(name).unwrap_or("").to_owned();
        let ask = ListAsk { prefix: text("prefix"), delimiter: text("delimiter"), after: None, limit };
        Ok(Self { bucket: asked.bucket.clone(), ask, limit, encodes: asked.encodes()?, tells_owner: false })
    }

    pub async fn permission(&self, face: &S3) -> std::result::Result<Permission, Failure> {
        let mut permission = face.on_bucket(&self.bucket, "s3:ListBucket").await?;
        for (name, value) in [("s3:prefix", &self.ask.prefix), ("s3:delimiter", &self.ask.delimiter)] {
            if !value.is_empty() {
                permission = permission.with_context(name, value);
            }
        }
        Ok(permission.with_context("s3:max-keys", self.limit.to_string()))
    }

    pub fn delimiter(&self) -> Option<String> {
        let delimiter = Some(self.ask.delimiter.as_str()).filter(|delimiter| !delimiter.is_empty());
        delimiter.map(|delimiter| listed_key(delimiter, self.encodes))
    }
}

pub async fn list(face: &S3, list: &ListOf) -> std::result::Result<Result, Failure> {
    let owner = canonical_id(&face.engine.bucket(&list.bucket).await?.bucket.owner);
    Ok(Result { page: face.engine.list(&list.bucket, &list.ask).await?, owner })
}

impl Result {
    pub fn truncated(&self) -> bool {
        self.page.truncated
    }

    pub fn count(&self) -> usize {
        self.page.lines.len()
    }

    /// The last name of the page, when there is a next one.
    pub fn last(&self) -> Option<&str> {
        self.page.lines.last().filter(|_| self.page.truncated).map(Listed::name)
    }

    /// The document with a line for each object, and then for each rolled-up prefix.
    pub fn lines(&self, list: &ListOf, document: Element) -> Element {
        let key = |key: &str| listed_key(key, list.encodes);
        let objects = self.page.lines.iter().filter_map(|line| match line {
            Listed::Key(name, object) => Some(self.object(list, &key(name), object)),
            Listed::Prefix(_) => None,
        });
        let prefixes = self.page.lines.iter().filter_map(|line| match line {
            Listed::Key(..) => None,
            Listed::Prefix(prefix) => Some(Element::new("CommonPrefixes").text("Prefix", key(prefix))),
        });
        document.children(objects).children(prefixes)
    }

    fn object(&self, list: &ListOf, key: &str, object: &Object) -> Element {
        let contents = Element::new("Contents").text("Key", key);
        described(contents, object, Some(&self.owner).filter(|_| list.tells_owner))
    }
}

/// What lists tell of an object, after what it is called.
pub fn described(line: Element, object: &Object, owner: Option<&String>) -> Element {
    let mut line = line.text("LastModified", object.modified.iso8601()).text("ETag", quoted(&object.etag));
    if let Some(checksum) = &object.checksum {
        line = line
            .text("ChecksumAlgorithm", checksum.algorithm.name())
            .text("ChecksumType", checksum.kind.name());
    }
    line = line.text("Size", object.size);
    if let Some(owner) = owner {
        line = line.child(Element::new("Owner").text("ID", owner));
    }
    line.text("StorageClass", object.headers.storage_class.as_deref().unwrap_or("STANDARD"))
}
