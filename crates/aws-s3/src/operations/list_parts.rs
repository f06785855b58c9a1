//! `ListParts`: what has come of an upload.

use async_trait::async_trait;
use model::{AccountId, Failure, Fault, Permission};
use service::{Call, Operation};

use crate::engine::{At, PartPage, Upload};
use crate::protocol::{
    Answer, Asked, Element, Exchange, canonical_id, initiator, listed_key, quoted, upload_id, with_checksum,
};
use crate::{S3, faults, limits};

pub struct ListParts;

pub struct Input {
    at: At,
    id: String,
    marker: u32,
    limit: usize,
    encodes: bool,
}

pub struct Output {
    input: Input,
    upload: Upload,
    owner: AccountId,
    page: PartPage,
}

#[async_trait]
impl Operation for ListParts {
    type Face = S3;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListParts";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_object(&input.at, "s3:ListMultipartUploadParts").await?])
    }

    async fn run(face: &S3, _: &Call, input: Input) -> Result<Output, Failure> {
        let (upload, _) = face.engine.upload(&input.at, &input.id).await?;
        let owner = face.engine.bucket(&input.at.bucket).await?.bucket.owner;
        let page = face.engine.parts(&input.id, input.marker, input.limit).await?;
        Ok(Output { input, upload, owner, page })
    }
}

impl Exchange for ListParts {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        let marker = asked.param("part-number-marker").filter(|marker| !marker.is_empty()).unwrap_or("0");
        let number = marker.parse::<i32>().ok().filter(|number| *number >= 0).ok_or_else(|| {
            let message = "Argument part-number-marker must be an integer between 0 and 2147483647";
            faults::invalid_argument(message, "part-number-marker", marker)
        })?;
        Ok(Input {
            at: asked.at(),
            id: upload_id(&asked)?,
            marker: number as u32,
            limit: asked.count("max-parts", limits::PAGE)?,
            encodes: asked.encodes()?,
        })
    }

    fn encode(output: Output) -> Answer {
        let Output { input, upload, owner, page } = output;
        let parts = page.parts.iter().map(|(number, part)| {
            let element = Element::new("Part")
                .text("PartNumber", number)
                .text("LastModified", part.modified.iso8601())
                .text("ETag", quoted(&part.etag))
                .text("Size", part.piece.length);
            with_checksum(element, part.piece.checksum.as_ref())
        });
        let last = page.parts.last().map_or(0, |(number, _)| *number);
        let algorithm = upload.named.then(|| upload.algorithm.name());
        let result = Element::root("ListPartsResult")
            .text("Bucket", &input.at.bucket)
            .text("Key", listed_key(&input.at.key, input.encodes))
            .text("UploadId", &input.id)
            .child(initiator(&upload))
            .child(Element::new("Owner").text("ID", canonical_id(&owner)))
            .text("StorageClass", upload.headers.storage_class.as_deref().unwrap_or("STANDARD"))
            .maybe("ChecksumAlgorithm", algorithm)
            .maybe("ChecksumType", algorithm.map(|_| upload.kind.name()))
            .text("PartNumberMarker", input.marker)
            .text("NextPartNumberMarker", last)
            .text("MaxParts", input.limit)
            .text("IsTruncated", page.truncated)
            .children(parts);
        Answer::xml(&result)
    }
}
