//! `PutBucketAcl`: refused, as on AWS since buckets have no access control lists by default.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::protocol::{Answer, Asked, Exchange, OnBucket};
use crate::{S3, faults};

pub struct PutBucketAcl;

#[async_trait]
impl Operation for PutBucketAcl {
    type Face = S3;
    type Input = OnBucket;
    type Output = ();

    const NAME: &'static str = "PutBucketAcl";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:PutBucketAcl").await?])
    }

    async fn run(_: &S3, _: &Call, _: OnBucket) -> Result<(), Failure> {
        Err(faults::no_access_control_lists().into())
    }
}

impl Exchange for PutBucketAcl {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode((): ()) -> Answer {
        Answer::new(200)
    }
}
