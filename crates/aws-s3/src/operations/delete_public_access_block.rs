//! `DeletePublicAccessBlock`: the bucket can be opened to everybody.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::engine::{AccessBlock, Setting};
use crate::protocol::{Answer, Asked, Exchange, OnBucket};

pub struct DeletePublicAccessBlock;

#[async_trait]
impl Operation for DeletePublicAccessBlock {
    type Face = S3;
    type Input = OnBucket;
    type Output = ();

    const NAME: &'static str = "DeletePublicAccessBlock";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:PutBucketPublicAccessBlock").await?])
    }

    async fn run(face: &S3, _: &Call, input: OnBucket) -> Result<(), Failure> {
        face.engine.set(&input.bucket, Setting::PublicAccessBlock, Some(AccessBlock::NONE.to_owned())).await
    }
}

impl Exchange for DeletePublicAccessBlock {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode((): ()) -> Answer {
        Answer::new(204)
    }
}
