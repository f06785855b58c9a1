//! `PutPublicAccessBlock`: which ways of opening the bucket to everybody are closed from now on.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::engine::{AccessBlock, Setting};
use crate::protocol::{Answer, Asked, Exchange, Node, check_document};
use crate::{S3, faults};

pub struct PutPublicAccessBlock;

pub struct Input {
    bucket: String,
    block: AccessBlock,
}

#[async_trait]
impl Operation for PutPublicAccessBlock {
    type Face = S3;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "PutPublicAccessBlock";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:PutBucketPublicAccessBlock").await?])
    }

    async fn run(face: &S3, _: &Call, input: Input) -> Result<(), Failure> {
        let block = input.block.kept()?;
        face.engine.set(&input.bucket, Setting::PublicAccessBlock, Some(block)).await
    }
}

impl Exchange for PutPublicAccessBlock {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        check_document(&asked, false)?;
        let document = Node::document(&asked.document, "PublicAccessBlockConfiguration")?;
        document.only(&[
            "BlockPublicAcls",
            "IgnorePublicAcls",
            "BlockPublicPolicy",
            "RestrictPublicBuckets",
        ])?;
        let flag = |name| match document.get(name).map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            Some("true") => Ok(true),
            Some("false") | None => Ok(false),
            Some(_) => Err(faults::malformed_xml()),
        };
        let block = AccessBlock {
            block_public_acls: flag("BlockPublicAcls")?,
            ignore_public_acls: flag("IgnorePublicAcls")?,
            block_public_policy: flag("BlockPublicPolicy")?,
            restrict_public_buckets: flag("RestrictPublicBuckets")?,
        };
        Ok(Input { bucket: asked.bucket, block })
    }

    fn encode((): ()) -> Answer {
        Answer::new(200)
    }
}
