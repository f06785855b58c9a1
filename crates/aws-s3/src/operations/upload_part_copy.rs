//! `UploadPartCopy`: an object, or a range of one, becomes a part.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::copying::CopySource;
use crate::engine::{At, Part, Span};
use crate::protocol::{
    Answer, Asked, Element, Exchange, part_number, quoted, refuse_unbuilt, upload_id, with_checksum,
};
use crate::{S3, faults, limits};

pub struct UploadPartCopy;

pub struct Input {
    at: At,
    id: String,
    number: u32,
    source: CopySource,
    range: Option<String>,
}

#[async_trait]
impl Operation for UploadPartCopy {
    type Face = S3;
    type Input = Input;
    type Output = Part;

    const NAME: &'static str = "UploadPartCopy";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let source = face.on_object(&input.source.at, "s3:GetObject").await?;
        Ok(vec![source, face.on_object(&input.at, "s3:PutObject").await?])
    }

    async fn run(face: &S3, call: &Call, input: Input) -> Result<Part, Failure> {
        let (upload, _) = face.engine.upload(&input.at, &input.id).await?;
        let source = input.source.find(face, call).await?.object;
        let span = match &input.range {
            Some(range) => within(range, source.size)?,
            None => Span { start: 0, end: source.size },
        };
        if span.length() > limits::PUT_BYTES {
            return Err(faults::copy_source_too_large().into());
        }
        let written = face.engine.receive_from(&source, span, Some(upload.algorithm)).await?;
        face.engine.put_part(&input.at, &input.id, input.number, &written).await
    }
}

/// AWS: both ends have to be said, and to lie in the source.
fn within(range: &str, size: u64) -> Result<Span, Fault> {
    let message = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are \
                   the zero-based offsets of the first and last bytes to copy";
    let malformed = || faults::invalid_argument(message, "x-amz-copy-source-range", range);
    let ends = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')).ok_or_else(malformed)?;
    let first: u64 = ends.0.parse().map_err(|_| malformed())?;
    let last: u64 = ends.1.parse().map_err(|_| malformed())?;
    if first > last {
        return Err(malformed());
    }
    if last >= size {
        let message = format!("Range specified is not valid for source object of size: {size}");
        return Err(faults::invalid_argument(message, "x-amz-copy-source-range", range));
    }
    Ok(Span { start: first, end: last + 1 })
}

impl Exchange for UploadPartCopy {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        refuse_unbuilt(&asked)?;
        Ok(Input {
            at: asked.at(),
            id: upload_id(&asked)?,
            number: part_number(&asked)?,
            source: CopySource::decode(&asked)?,
            range: asked.header("x-amz-copy-source-range"),
        })
    }

    fn encode(part: Part) -> Answer {
        let result = Element::root("CopyPartResult")
            .text("LastModified", part.modified.iso8601())
            .text("ETag", quoted(&part.etag));
        Answer::xml(&with_checksum(result, part.piece.checksum.as_ref()))
            .header("x-amz-server-side-encryption", "AES256")
    }
}
