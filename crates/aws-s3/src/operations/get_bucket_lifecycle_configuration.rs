//! `GetBucketLifecycleConfiguration`: lifecycles are not built, so no bucket has one.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::protocol::{Answer, Asked, Element, Exchange, OnBucket};
use crate::{S3, faults};

pub struct GetBucketLifecycleConfiguration;

#[async_trait]
impl Operation for GetBucketLifecycleConfiguration {
    type Face = S3;
    type Input = OnBucket;
    type Output = Element;

    const NAME: &'static str = "GetBucketLifecycleConfiguration";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetLifecycleConfiguration").await?])
    }

    async fn run(_: &S3, _: &Call, input: OnBucket) -> Result<Element, Failure> {
        let message = "The lifecycle configuration does not exist";
        Err(faults::not_configured("NoSuchLifecycleConfiguration", message, &input.bucket).into())
    }
}

impl Exchange for GetBucketLifecycleConfiguration {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(document: Element) -> Answer {
        Answer::xml(&document)
    }
}
