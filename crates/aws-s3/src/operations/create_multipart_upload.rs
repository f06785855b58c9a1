//! `CreateMultipartUpload`: an upload in parts begins.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::engine::{Algorithm, At, ChecksumKind, ContentHeaders, NewUpload, Tag};
use crate::protocol::{
    Answer, Asked, Element, Exchange, content_headers, refuse_unbuilt, tags_header, upload_checksum,
};

pub struct CreateMultipartUpload;

pub struct Input {
    at: At,
    headers: ContentHeaders,
    tags: Vec<Tag>,
    checksum: Option<(Algorithm, ChecksumKind)>,
}

pub struct Output {
    at: At,
    upload: String,
    checksum: Option<(Algorithm, ChecksumKind)>,
}

#[async_trait]
impl Operation for CreateMultipartUpload {
    type Face = S3;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "CreateMultipartUpload";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut permissions = vec![face.on_object(&input.at, "s3:PutObject").await?];
        if !input.tags.is_empty() {
            permissions.push(face.on_object(&input.at, "s3:PutObjectTagging").await?);
        }
        Ok(permissions)
    }

    async fn run(face: &S3, call: &Call, input: Input) -> Result<Output, Failure> {
        let Input { at, headers, tags, checksum } = input;
        let initiator = call.caller.arn().map(|arn| arn.to_string());
        let new = NewUpload { account: call.caller.account.clone(), initiator, headers, tags, checksum };
        let upload = face.engine.begin_upload(&at, new).await?;
        Ok(Output { at, upload, checksum })
    }
}

impl Exchange for CreateMultipartUpload {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        refuse_unbuilt(&asked)?;
        Ok(Input {
            at: asked.at(),
            headers: content_headers(&asked)?,
            tags: tags_header(&asked)?,
            checksum: upload_checksum(&asked)?,
        })
    }

    fn encode(output: Output) -> Answer {
        let result = Element::root("InitiateMultipartUploadResult")
            .text("Bucket", &output.at.bucket)
            .text("Key", &output.at.key)
            .text("UploadId", &output.upload);
        let answer = Answer::xml(&result).header("x-amz-server-side-encryption", "AES256");
        match output.checksum {
            Some((algorithm, kind)) => answer
                .header("x-amz-checksum-algorithm", algorithm.name())
                .header("x-amz-checksum-type", kind.name()),
            None => answer,
        }
    }
}
