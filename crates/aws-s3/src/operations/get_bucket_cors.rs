//! `GetBucketCors`: cross-origin rules are not built, so no bucket has any.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::protocol::{Answer, Asked, Element, Exchange, OnBucket};
use crate::{S3, faults};

pub struct GetBucketCors;

#[async_trait]
impl Operation for GetBucketCors {
    type Face = S3;
    type Input = OnBucket;
    type Output = Element;

    const NAME: &'static str = "GetBucketCors";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetBucketCORS").await?])
    }

    async fn run(_: &S3, _: &Call, input: OnBucket) -> Result<Element, Failure> {
        let message = "The CORS configuration does not exist";
        Err(faults::not_configured("NoSuchCORSConfiguration", message, &input.bucket).into())
    }
}

impl Exchange for GetBucketCors {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(document: Element) -> Answer {
        Answer::xml(&document)
    }
}
