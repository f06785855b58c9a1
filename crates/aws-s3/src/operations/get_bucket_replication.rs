//! `GetBucketReplication`: replication is not built, so no bucket has it.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::protocol::{Answer, Asked, Element, Exchange, OnBucket};
use crate::{S3, faults};

pub struct GetBucketReplication;

#[async_trait]
impl Operation for GetBucketReplication {
    type Face = S3;
    type Input = OnBucket;
    type Output = Element;

    const NAME: &'static str = "GetBucketReplication";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:GetReplicationConfiguration").await?])
    }

    async fn run(_: &S3, _: &Call, input: OnBucket) -> Result<Element, Failure> {
        let message = "The replication configuration was not found";
        Err(faults::not_configured("ReplicationConfigurationNotFoundError", message, &input.bucket).into())
    }
}

impl Exchange for GetBucketReplication {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode(document: Element) -> Answer {
        Answer::xml(&document)
    }
}
