//! `GetBucketEncryption`: what S3 encrypts with when nobody says otherwise.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::protocol::{Answer, Asked, Element, Exchange, OnBucket};

pub struct GetBucketEncryption;

#[async_trait]
impl Operation for GetBucketEncryption {
    type Face = S3;
    type Input = OnBucket;
    type Output = Element;

    const NAME: &'static str = "GetBucketEncryption";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetEncryptionConfiguration").await?])
    }

    async fn run(_: &S3, _: &Call, _: OnBucket) -> Result<Element, Failure> {
        Ok(Element::root("ServerSideEncryptionConfiguration").child(
            Element::new("Rule")
                .child(Element::new("ApplyServerSideEncryptionByDefault").text("SSEAlgorithm", "AES256"))
                .text("BucketKeyEnabled", "false"),
        ))
    }
}

impl Exchange for GetBucketEncryption {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(document: Element) -> Answer {
        Answer::xml(&document)
    }
}
