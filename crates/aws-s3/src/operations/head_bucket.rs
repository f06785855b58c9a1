//! `HeadBucket`: whether a bucket is there, and where.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::engine::OpenBucket;
use crate::protocol::{Answer, Asked, Exchange, OnBucket};

pub struct HeadBucket;

#[async_trait]
impl Operation for HeadBucket {
    type Face = S3;
    type Input = OnBucket;
    type Output = OpenBucket;

    const NAME: &'static str = "HeadBucket";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:ListBucket").await?])
    }

    async fn run(face: &S3, _: &Call, input: OnBucket) -> Result<OpenBucket, Failure> {
        face.engine.bucket(&input.bucket).await
    }
}

impl Exchange for HeadBucket {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(open: OpenBucket) -> Answer {
        Answer::new(200)
            .header("x-amz-bucket-region", open.bucket.region.as_str())
            .header("x-amz-access-point-alias", "false")
            .header("x-amz-bucket-arn", &format!("arn:aws:s3:::{}", open.name))
            .header("content-type", "application/xml")
    }
}
