//! `UploadPart`: a stream becomes a part, in the place of an earlier one of its number.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::engine::{Announced, At, ChecksumKind, Part};
use crate::faults;
use crate::protocol::{
    Answer, Asked, Exchange, Upload, announced, part_number, quoted, refuse_unbuilt, upload_id,
};

pub struct UploadPart;

pub struct Input {
    at: At,
    id: String,
    number: u32,
    announced: Announced,
    upload: Upload,
}

#[async_trait]
impl Operation for UploadPart {
    type Face = S3;
    type Input = Input;
    type Output = Part;

    const NAME: &'static str = "UploadPart";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_object(&input.at, "s3:PutObject").await?])
    }

    async fn run(face: &S3, _: &Call, mut input: Input) -> Result<Part, Failure> {
        let (upload, _) = face.engine.upload(&input.at, &input.id).await?;
        match input.announced.algorithm {
            Some(algorithm) if upload.named && algorithm != upload.algorithm => {
                let (expected, actual) = (upload.algorithm.name(), algorithm.name());
                return Err(faults::checksum_type_mismatch(expected, actual).into());
            }
            None if upload.named && upload.kind == ChecksumKind::Composite => {
                return Err(faults::checksum_type_mismatch(upload.algorithm.name(), "null").into());
            }
            _ => {}
        }
        // What came is checked; what is kept has to be joined with that of the other parts.
        input.announced.algorithm = Some(upload.algorithm);
        let written = face.engine.receive(&mut input.upload, &input.announced).await?;
        face.engine.put_part(&input.at, &input.id, input.number, &written).await
    }
}

impl Exchange for UploadPart {
    const STREAMS: bool = true;

    fn decode(asked: Asked) -> Result<Input, Fault> {
        refuse_unbuilt(&asked)?;
        Ok(Input {
            at: asked.at(),
            id: upload_id(&asked)?,
            number: part_number(&asked)?,
            announced: announced(&asked)?,
            upload: asked.upload,
        })
    }

    fn encode(part: Part) -> Answer {
        let answer = Answer::new(200)
            .header("etag", &quoted(&part.etag))
            .header("x-amz-server-side-encryption", "AES256");
        match &part.piece.checksum {
            Some(checksum) => answer.header(checksum.algorithm.header(), &checksum.value),
            None => answer,
        }
    }
}
