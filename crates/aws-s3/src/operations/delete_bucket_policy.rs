//! `DeleteBucketPolicy`: nobody but the owner's account is let in any more.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::engine::Setting;
use crate::protocol::{Answer, Asked, Exchange, OnBucket};

pub struct DeleteBucketPolicy;

#[async_trait]
impl Operation for DeleteBucketPolicy {
    type Face = S3;
    type Input = OnBucket;
    type Output = ();

    const NAME: &'static str = "DeleteBucketPolicy";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:DeleteBucketPolicy").await?])
    }

    async fn run(face: &S3, _: &Call, input: OnBucket) -> Result<(), Failure> {
        face.engine.set(&input.bucket, Setting::Policy, None).await
    }
}

impl Exchange for DeleteBucketPolicy {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode((): ()) -> Answer {
        Answer::new(204)
    }
}
