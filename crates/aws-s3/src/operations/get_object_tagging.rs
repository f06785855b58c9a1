//! `GetObjectTagging`: the tags of an object.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::engine::Tag;
use crate::protocol::{Answer, Asked, Exchange, OnObject, tagging};

pub struct GetObjectTagging;

#[async_trait]
impl Operation for GetObjectTagging {
    type Face = S3;
    type Input = OnObject;
    type Output = Vec<Tag>;

    const NAME: &'static str = "GetObjectTagging";

    async fn permissions(face: &S3, _: &Call, input: &OnObject) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_object(&input.at, "s3:GetObjectTagging").await?])
    }

    async fn run(face: &S3, call: &Call, input: OnObject) -> Result<Vec<Tag>, Failure> {
        Ok(face.existing(call, &input.at).await?.object.tags)
    }
}

impl Exchange for GetObjectTagging {
    fn decode(asked: Asked) -> Result<OnObject, Fault> {
        asked.refuse_version()?;
        Ok(OnObject { at: asked.at() })
    }

    fn encode(tags: Vec<Tag>) -> Answer {
        Answer::xml(&tagging(&tags))
    }
}
