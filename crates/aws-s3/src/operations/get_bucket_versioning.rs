//! `GetBucketVersioning`: versions are not built, so no bucket has ever had them.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::protocol::{Answer, Asked, Element, Exchange, OnBucket};

pub struct GetBucketVersioning;

#[async_trait]
impl Operation for GetBucketVersioning {
    type Face = S3;
    type Input = OnBucket;
    type Output = Element;

    const NAME: &'static str = "GetBucketVersioning";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetBucketVersioning").await?])
    }

    async fn run(_: &S3, _: &Call, _: OnBucket) -> Result<Element, Failure> {
        Ok(Element::root("VersioningConfiguration"))
    }
}

impl Exchange for GetBucketVersioning {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(document: Element) -> Answer {
        Answer::xml(&document)
    }
}
