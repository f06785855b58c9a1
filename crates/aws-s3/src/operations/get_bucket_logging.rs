//! `GetBucketLogging`: access logs are not built, so no bucket has them.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::protocol::{Answer, Asked, Element, Exchange, OnBucket};

pub struct GetBucketLogging;

#[async_trait]
impl Operation for GetBucketLogging {
    type Face = S3;
    type Input = OnBucket;
    type Output = Element;

    const NAME: &'static str = "GetBucketLogging";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetBucketLogging").await?])
    }

    async fn run(_: &S3, _: &Call, _: OnBucket) -> Result<Element, Failure> {
        Ok(Element::root("BucketLoggingStatus"))
    }
}

impl Exchange for GetBucketLogging {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(document: Element) -> Answer {
        Answer::xml(&document)
    }
}
