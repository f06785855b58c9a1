//! `PutBucketTagging`: these tags in the place of all others.

use async_trait::async_trait;
use model::{Failure, Fault, Internal, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::engine::{Setting, Tag, TagScope, check_tags};
use crate::protocol::{Answer, Asked, Exchange, check_document, read_tagging};

pub struct PutBucketTagging;

pub struct Input {
    bucket: String,
    tags: Vec<Tag>,
}

#[async_trait]
impl Operation for PutBucketTagging {
    type Face = S3;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "PutBucketTagging";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:PutBucketTagging").await?])
    }

    async fn run(face: &S3, _: &Call, input: Input) -> Result<(), Failure> {
        let tags =
            serde_json::to_string(&input.tags).map_err(Internal::because("writing the tags of a bucket"))?;
        face.engine.set(&input.bucket, Setting::Tagging, Some(tags)).await
    }
}

impl Exchange for PutBucketTagging {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        check_document(&asked, false)?;
        let tags = read_tagging(&asked.document)?;
        check_tags(&tags, TagScope::Bucket)?;
        Ok(Input { bucket: asked.bucket, tags })
    }

    fn encode((): ()) -> Answer {
        Answer::new(204)
    }
}
