//! `PutBucketPolicy`: who else is let in, kept as it came.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::engine::{AccessBlock, Setting, check_policy, is_public};
use crate::protocol::{Answer, Asked, Exchange, check_document};
use crate::{S3, faults, limits};

pub struct PutBucketPolicy;

pub struct Input {
    bucket: String,
    policy: String,
}

#[async_trait]
impl Operation for PutBucketPolicy {
    type Face = S3;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "PutBucketPolicy";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_bucket(&input.bucket, "s3:PutBucketPolicy").await?])
    }

    async fn run(face: &S3, _: &Call, input: Input) -> Result<(), Failure> {
        let block = AccessBlock::of(face.engine.setting(&input.bucket, Setting::PublicAccessBlock).await?)?;
        if block.is_some_and(|block| block.block_public_policy) && is_public(&input.policy) {
            return Err(faults::public_policy_blocked(&input.bucket).into());
        }
        face.engine.set(&input.bucket, Setting::Policy, Some(input.policy)).await
    }
}

impl Exchange for PutBucketPolicy {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        check_document(&asked, false)?;
        if asked.document.is_empty() {
            return Err(faults::missing_request_body());
        }
        if asked.document.len() > limits::POLICY_BYTES {
            return Err(faults::malformed_policy("Policy exceeds the maximum allowed document size."));
        }
        let policy = String::from_utf8(asked.document.to_vec())
            .map_err(|_| faults::malformed_policy("This policy contains invalid Json"))?;
        check_policy(&policy, &asked.bucket)?;
        Ok(Input { bucket: asked.bucket, policy })
    }

    fn encode((): ()) -> Answer {
        Answer::new(204)
    }
}
