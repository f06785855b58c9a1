//! `CopyObject`: an object again, under another key or with other headers.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::copying::CopySource;
use crate::engine::{Algorithm, At, ContentHeaders, Found, Object, Tag, WriteCondition};
use crate::protocol::{
    Answer, Asked, Element, Exchange, content_headers, quoted, refuse_unbuilt, tags_header, upload_checksum,
    with_checksum, write_condition,
};
use crate::source::Happened;
use crate::{S3, faults, limits};

pub struct CopyObject;

pub struct Input {
    at: At,
    source: CopySource,
    /// Those of the request: all of them where they replace those of the source, else only the storage class.
    headers: ContentHeaders,
    replaces_headers: bool,
    /// Tags that replace those of the source.
    tags: Option<Vec<Tag>>,
    algorithm: Option<Algorithm>,
    condition: WriteCondition,
}

#[async_trait]
impl Operation for CopyObject {
    type Face = S3;
    type Input = Input;
    type Output = Object;

    const NAME: &'static str = "CopyObject";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let source = face.on_object(&input.source.at, "s3:GetObject").await?;
        let mut permissions = vec![source, face.on_object(&input.at, "s3:PutObject").await?];
        if input.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
            permissions.push(face.on_object(&input.at, "s3:PutObjectTagging").await?);
        }
        Ok(permissions)
    }

    async fn run(face: &S3, call: &Call, input: Input) -> Result<Object, Failure> {
        let source = input.source.find(face, call).await?;
        check(&input, &source)?;
        let copy = face.engine.copy(&input.source.at, &source, input.algorithm).await?;
        let object = copy.object(like(&input, source.object));
        let happened = Happened { event: "ObjectCreated:Copy", at: &input.at, object: Some(&object) };
        let also = copy.keep.and(face.announce(call, &happened).await?);
        face.engine.put(&input.at, &object, &input.condition, &also).await?;
        Ok(object)
    }
}

fn check(input: &Input, source: &Found) -> Result<(), Fault> {
    let changes =
        input.replaces_headers || input.headers.storage_class.is_some() || input.algorithm.is_some();
    if input.source.at == input.at && !changes {
        return Err(faults::invalid_copy_to_itself());
    }
    if source.object.size > limits::PUT_BYTES {
        return Err(faults::copy_source_too_large());
    }
    Ok(())
}

/// Everything of the new object but its content.
fn like(input: &Input, source: Object) -> Object {
    let storage_class = input.headers.storage_class.clone();
    let headers = match input.replaces_headers {
        true => input.headers.clone(),
        // AWS: the storage class is not copied.
        false => ContentHeaders { storage_class, ..source.headers.clone() },
    };
    let tags = input.tags.clone().unwrap_or_else(|| source.tags.clone());
    Object { headers, tags, ..source }
}

/// `COPY`, which is the default, or `REPLACE`.
fn replaces(asked: &Asked, header: &'static str) -> Result<bool, Fault> {
    match asked.header(header).as_deref() {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(other) => {
            let what = if header.contains("metadata") { "metadata" } else { "tagging" };
            Err(faults::invalid_argument(format!("Unknown {what} directive."), header, other))
        }
    }
}

impl Exchange for CopyObject {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        refuse_unbuilt(&asked)?;
        let replaces_tags = replaces(&asked, "x-amz-tagging-directive")?;
        Ok(Input {
            at: asked.at(),
            source: CopySource::decode(&asked)?,
            headers: content_headers(&asked)?,
            replaces_headers: replaces(&asked, "x-amz-metadata-directive")?,
            tags: replaces_tags.then(|| tags_header(&asked)).transpose()?,
            algorithm: upload_checksum(&asked)?.map(|(algorithm, _)| algorithm),
            condition: write_condition(&asked)?,
        })
    }

    fn encode(object: Object) -> Answer {
        let mut result = Element::root("CopyObjectResult")
            .text("LastModified", object.modified.iso8601())
            .text("ETag", quoted(&object.etag));
        if let Some(checksum) = &object.checksum {
            result = result.text("ChecksumType", checksum.kind.name());
        }
        Answer::xml(&with_checksum(result, object.checksum.as_ref()))
            .header("x-amz-server-side-encryption", "AES256")
    }
}
