//! `PutObject`: a stream becomes an object.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::engine::{Announced, At, ContentHeaders, Object, Tag, WriteCondition};
use crate::protocol::{
    Answer, Asked, Exchange, Upload, announced, content_headers, quoted, refuse_unbuilt, tags_header,
    write_condition,
};
use crate::source::Happened;

pub struct PutObject;

pub struct Input {
    at: At,
    headers: ContentHeaders,
    tags: Vec<Tag>,
    announced: Announced,
    condition: WriteCondition,
    upload: Upload,
}

#[async_trait]
impl Operation for PutObject {
    type Face = S3;
    type Input = Input;
    type Output = Object;

    const NAME: &'static str = "PutObject";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut permissions = vec![face.on_object(&input.at, "s3:PutObject").await?];
        if !input.tags.is_empty() {
            permissions.push(face.on_object(&input.at, "s3:PutObjectTagging").await?);
        }
        Ok(permissions)
    }

    async fn run(face: &S3, call: &Call, mut input: Input) -> Result<Object, Failure> {
        let written = face.engine.receive(&mut input.upload, &input.announced).await?;
        let (object, keep) = face.engine.object(&written, input.headers, input.tags);
        let happened = Happened { event: "ObjectCreated:Put", at: &input.at, object: Some(&object) };
        let also = keep.and(face.announce(call, &happened).await?);
        face.engine.put(&input.at, &object, &input.condition, &also).await?;
        Ok(object)
    }
}

impl Exchange for PutObject {
    const STREAMS: bool = true;

    fn decode(asked: Asked) -> Result<Input, Fault> {
        refuse_unbuilt(&asked)?;
        Ok(Input {
            at: asked.at(),
            headers: content_headers(&asked)?,
            tags: tags_header(&asked)?,
            announced: announced(&asked)?,
            condition: write_condition(&asked)?,
            upload: asked.upload,
        })
    }

    fn encode(object: Object) -> Answer {
        let answer = Answer::new(200)
            .header("etag", &quoted(&object.etag))
            .header("x-amz-server-side-encryption", "AES256");
        match &object.checksum {
            Some(checksum) => answer
                .header(checksum.algorithm.header(), &checksum.value)
                .header("x-amz-checksum-type", checksum.kind.name()),
            None => answer,
        }
    }
}
