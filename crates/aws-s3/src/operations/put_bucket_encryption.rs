//! `PutBucketEncryption`: only the default of S3 can be asked for; it is what stands anyway.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::protocol::{Answer, Asked, Exchange, Node, OnBucket, check_document};

pub struct PutBucketEncryption;

#[async_trait]
impl Operation for PutBucketEncryption {
    type Face = S3;
    type Input = OnBucket;
    type Output = ();

    const NAME: &'static str = "PutBucketEncryption";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:PutEncryptionConfiguration").await?])
    }

    async fn run(_: &S3, _: &Call, _: OnBucket) -> Result<(), Failure> {
        Ok(())
    }
}

impl Exchange for PutBucketEncryption {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        check_document(&asked, false)?;
        let document = Node::document(&asked.document, "ServerSideEncryptionConfiguration")?;
        for rule in document.all("Rule") {
            let default = rule.child("ApplyServerSideEncryptionByDefault");
            let algorithm = default.and_then(|default| default.get("SSEAlgorithm"));
            if algorithm.is_some_and(|algorithm| algorithm != "AES256") {
                return Err(Fault::not_implemented(
                    "PutBucketEncryption with an algorithm other than AES256",
                ));
            }
        }
        Ok(OnBucket { bucket: asked.bucket })
    }

    fn encode((): ()) -> Answer {
        Answer::new(200)
    }
}
