//! `PutBucketOwnershipControls`: only that all objects are the owner's can be asked for; it is what stands anyway.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::protocol::{Answer, Asked, Exchange, Node, OnBucket, check_document};
use crate::{S3, faults};

pub struct PutBucketOwnershipControls;

#[async_trait]
impl Operation for PutBucketOwnershipControls {
    type Face = S3;
    type Input = OnBucket;
    type Output = ();

    const NAME: &'static str = "PutBucketOwnershipControls";

    async fn permissions(face: &S3, _: &Call, input: &OnBucket) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:PutBucketOwnershipControls").await?])
    }

    async fn run(_: &S3, _: &Call, _: OnBucket) -> Result<(), Failure> {
        Ok(())
    }
}

impl Exchange for PutBucketOwnershipControls {
    fn decode(asked: Asked) -> Result<OnBucket, Fault> {
        check_document(&asked, false)?;
        let document = Node::document(&asked.document, "OwnershipControls")?;
        match document.child("Rule").ok_or_else(faults::malformed_xml)?.required("ObjectOwnership")? {
            "BucketOwnerEnforced" => Ok(OnBucket { bucket: asked.bucket }),
            "BucketOwnerPreferred" | "ObjectWriter" => {
                Err(Fault::not_implemented("PutBucketOwnershipControls with access control lists"))
            }
            _ => Err(faults::malformed_xml()),
        }
    }

    fn encode((): ()) -> Answer {
        Answer::new(200)
    }
}
