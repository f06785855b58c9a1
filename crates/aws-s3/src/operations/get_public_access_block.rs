//! `GetPublicAccessBlock`: which ways of opening the bucket to everybody are closed.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::engine::{AccessBlock, Setting};
use crate::protocol::{Answer, Asked, Element, Exchange, OnBucket};
use crate::{S3, faults};

pub struct GetPublicAccessBlock;

#[async_trait]
impl Operation for GetPublicAccessBlock {
    type Face = S3;
    type Input = OnBucket;
    type Output = AccessBlock;

    const NAME: &'static str = "GetPublicAccessBlock";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetBucketPublicAccessBlock").await?])
    }

    async fn run(face: &S3, _: &Call, input: OnBucket) -> Result<AccessBlock, Failure> {
        let kept = face.engine.setting(&input.bucket, Setting::PublicAccessBlock).await?;
        let missing = || {
            let message = "The public access block configuration was not found";
            faults::not_configured("NoSuchPublicAccessBlockConfiguration", message, &input.bucket)
        };
        Ok(AccessBlock::of(kept)?.ok_or_else(missing)?)
    }
}

impl Exchange for GetPublicAccessBlock {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(block: AccessBlock) -> Answer {
        let document = Element::root("PublicAccessBlockConfiguration")
            .text("BlockPublicAcls", block.block_public_acls)
            .text("IgnorePublicAcls", block.ignore_public_acls)
            .text("BlockPublicPolicy", block.block_public_policy)
            .text("RestrictPublicBuckets", block.restrict_public_buckets);
        Answer::xml(&document)
    }
}
