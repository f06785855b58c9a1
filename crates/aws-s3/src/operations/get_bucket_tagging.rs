//! `GetBucketTagging`: the tags of a bucket.

use async_trait::async_trait;
use model::{Failure, Fault, Internal, Permission};
use service::{Call, Operation};

use crate::engine::{Setting, Tag};
use crate::protocol::{Answer, Asked, Exchange, OnBucket, tagging};
use crate::{S3, faults};

pub struct GetBucketTagging;

#[async_trait]
impl Operation for GetBucketTagging {
    type Face = S3;
    type Input = OnBucket;
    type Output = Vec<Tag>;

    const NAME: &'static str = "GetBucketTagging";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetBucketTagging").await?])
    }

    async fn run(face: &S3, _: &Call, input: OnBucket) -> Result<Vec<Tag>, Failure> {
        let tags = face.engine.setting(&input.bucket, Setting::Tagging).await?;
        let missing = || faults::not_configured("NoSuchTagSet", "The TagSet does not exist", &input.bucket);
        let tags = tags.ok_or_else(missing)?;
        Ok(serde_json::from_str(&tags).map_err(Internal::because("reading the tags of a bucket"))?)
    }
}

impl Exchange for GetBucketTagging {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(tags: Vec<Tag>) -> Answer {
        Answer::xml(&tagging(&tags))
    }
}
