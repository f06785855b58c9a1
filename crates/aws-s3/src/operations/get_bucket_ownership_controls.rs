//! `GetBucketOwnershipControls`: all objects are the owner's, and there are no access control lists.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::protocol::{Answer, Asked, Element, Exchange, OnBucket};

pub struct GetBucketOwnershipControls;

#[async_trait]
impl Operation for GetBucketOwnershipControls {
    type Face = S3;
    type Input = OnBucket;
    type Output = Element;

    const NAME: &'static str = "GetBucketOwnershipControls";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetBucketOwnershipControls").await?])
    }

    async fn run(_: &S3, _: &Call, _: OnBucket) -> Result<Element, Failure> {
        Ok(Element::root("OwnershipControls")
            .child(Element::new("Rule").text("ObjectOwnership", "BucketOwnerEnforced")))
    }
}

impl Exchange for GetBucketOwnershipControls {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(document: Element) -> Answer {
        Answer::xml(&document)
    }
}
