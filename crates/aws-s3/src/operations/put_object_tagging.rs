//! `PutObjectTagging`: these tags in the place of all others.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::engine::{At, Tag, TagScope, check_tags};
use crate::protocol::{Answer, Asked, Exchange, check_document, read_tagging};
use crate::source::Happened;

pub struct PutObjectTagging;

pub struct Input {
    at: At,
    tags: Vec<Tag>,
}

#[async_trait]
impl Operation for PutObjectTagging {
    type Face = S3;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "PutObjectTagging";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_object(&input.at, "s3:PutObjectTagging").await?])
    }

    async fn run(face: &S3, call: &Call, input: Input) -> Result<(), Failure> {
        let object = face.existing(call, &input.at).await?.object;
        let happened = Happened { event: "ObjectTagging:Put", at: &input.at, object: Some(&object) };
        let also = face.announce(call, &happened).await?;
        face.engine.tag(&input.at, &input.tags, &also).await
    }
}

impl Exchange for PutObjectTagging {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        asked.refuse_version()?;
        check_document(&asked, false)?;
        let tags = read_tagging(&asked.document)?;
        check_tags(&tags, TagScope::Object)?;
        Ok(Input { at: asked.at(), tags })
    }

    fn encode((): ()) -> Answer {
        Answer::new(200)
    }
}
