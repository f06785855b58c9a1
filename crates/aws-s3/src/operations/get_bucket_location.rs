//! `GetBucketLocation`: the region of a bucket.

use async_trait::async_trait;
use model::{Failure, Fault, Permission, Region};
use service::{Call, Operation};

use crate::S3;
use crate::protocol::{Answer, Asked, Element, Exchange, OnBucket};

pub struct GetBucketLocation;

#[async_trait]
impl Operation for GetBucketLocation {
    type Face = S3;
    type Input = OnBucket;
    type Output = Element;

    const NAME: &'static str = "GetBucketLocation";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetBucketLocation").await?])
    }

    async fn run(face: &S3, _: &Call, input: OnBucket) -> Result<Element, Failure> {
        let region = face.engine.bucket(&input.bucket).await?.bucket.region;
        // AWS: the first region goes unnamed.
        let name = if region == Region::default() { "" } else { region.as_str() };
        Ok(Element::root("LocationConstraint").content(name))
    }
}

impl Exchange for GetBucketLocation {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(document: Element) -> Answer {
        Answer::xml(&document)
    }
}
