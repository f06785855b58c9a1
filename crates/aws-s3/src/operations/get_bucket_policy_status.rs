//! `GetBucketPolicyStatus`: whether the policy lets everybody in.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::engine::{Setting, is_public};
use crate::protocol::{Answer, Asked, Element, Exchange, OnBucket};
use crate::{S3, faults};

pub struct GetBucketPolicyStatus;

#[async_trait]
impl Operation for GetBucketPolicyStatus {
    type Face = S3;
    type Input = OnBucket;
    type Output = Element;

    const NAME: &'static str = "GetBucketPolicyStatus";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetBucketPolicyStatus").await?])
    }

    async fn run(face: &S3, _: &Call, input: OnBucket) -> Result<Element, Failure> {
        let policy = face.engine.setting(&input.bucket, Setting::Policy).await?;
        let message = "The bucket policy does not exist";
        let policy =
            policy.ok_or_else(|| faults::not_configured("NoSuchBucketPolicy", message, &input.bucket))?;
        Ok(Element::root("PolicyStatus").text("IsPublic", is_public(&policy)))
    }
}

impl Exchange for GetBucketPolicyStatus {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(document: Element) -> Answer {
        Answer::xml(&document)
    }
}
