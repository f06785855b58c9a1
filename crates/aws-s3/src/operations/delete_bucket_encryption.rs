//! `DeleteBucketEncryption`: back to the default of S3, which is what stands anyway.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::protocol::{Answer, Asked, Exchange, OnBucket};

pub struct DeleteBucketEncryption;

#[async_trait]
impl Operation for DeleteBucketEncryption {
    type Face = S3;
    type Input = OnBucket;
    type Output = ();

    const NAME: &'static str = "DeleteBucketEncryption";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:PutEncryptionConfiguration").await?])
    }

    async fn run(_: &S3, _: &Call, _: OnBucket) -> Result<(), Failure> {
        Ok(())
    }
}

impl Exchange for DeleteBucketEncryption {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode((): ()) -> Answer {
        Answer::new(204)
    }
}
