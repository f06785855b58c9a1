//! `GetBucketPolicy`: the policy as it was put.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::engine::Setting;
use crate::protocol::{Answer, Asked, Exchange, OnBucket};
use crate::{S3, faults};

pub struct GetBucketPolicy;

#[async_trait]
impl Operation for GetBucketPolicy {
    type Face = S3;
    type Input = OnBucket;
    type Output = String;

    const NAME: &'static str = "GetBucketPolicy";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetBucketPolicy").await?])
    }

    async fn run(face: &S3, _: &Call, input: OnBucket) -> Result<String, Failure> {
        let policy = face.engine.setting(&input.bucket, Setting::Policy).await?;
        let message = "The bucket policy does not exist";
        Ok(policy.ok_or_else(|| faults::not_configured("NoSuchBucketPolicy", message, &input.bucket))?)
    }
}

impl Exchange for GetBucketPolicy {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(policy: String) -> Answer {
        Answer::new(200).header("content-type", "application/json").body(wire::body_of(policy))
    }
}
