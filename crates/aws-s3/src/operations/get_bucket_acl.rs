//! `GetBucketAcl`: the owner may do everything; there are no other grants.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::protocol::{Answer, Asked, Element, Exchange, OnBucket, owner_only};

pub struct GetBucketAcl;

#[async_trait]
impl Operation for GetBucketAcl {
    type Face = S3;
    type Input = OnBucket;
    type Output = Element;

    const NAME: &'static str = "GetBucketAcl";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetBucketAcl").await?])
    }

    async fn run(face: &S3, _: &Call, input: OnBucket) -> Result<Element, Failure> {
        Ok(owner_only(&face.engine.bucket(&input.bucket).await?.bucket.owner))
    }
}

impl Exchange for GetBucketAcl {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(document: Element) -> Answer {
        Answer::xml(&document)
    }
}
