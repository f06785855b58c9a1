//! `DeleteBucket`: an empty bucket goes, with all that is configured for it.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::protocol::{Answer, Asked, Exchange, OnBucket};

pub struct DeleteBucket;

#[async_trait]
impl Operation for DeleteBucket {
    type Face = S3;
    type Input = OnBucket;
    type Output = ();

    const NAME: &'static str = "DeleteBucket";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:DeleteBucket").await?])
    }

    async fn run(face: &S3, _: &Call, input: OnBucket) -> Result<(), Failure> {
        face.engine.delete_bucket(&input.bucket).await
    }
}

impl Exchange for DeleteBucket {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode((): ()) -> Answer {
        Answer::new(204)
    }
}
