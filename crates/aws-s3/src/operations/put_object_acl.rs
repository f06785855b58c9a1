//! `PutObjectAcl`: refused, as on AWS since buckets have no access control lists by default.

use async_trait::async_trait;
use model::{Failure, Fault, Permission};
use service::{Call, Operation};

use crate::protocol::{Answer, Asked, Exchange, OnObject};
use crate::{S3, faults};

pub struct PutObjectAcl;

pub struct Input {
    object: OnObject,
    /// AWS: the one list that says what stands anyway.
    owner_only: bool,
}

#[async_trait]
impl Operation for PutObjectAcl {
    type Face = S3;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "PutObjectAcl";

    async fn permissions(face: &S3, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_object(&input.object.at, "s3:PutObjectAcl").await?])
    }

    async fn run(face: &S3, call: &Call, input: Input) -> Result<(), Failure> {
        face.existing(call, &input.object.at).await?;
        if input.owner_only { Ok(()) } else { Err(faults::no_access_control_lists().into()) }
    }
}

impl Exchange for PutObjectAcl {
    fn decode(asked: Asked) -> Result<Input, Fault> {
        asked.refuse_version()?;
        let owner_only = asked.header("x-amz-acl").is_some_and(|acl| acl == "bucket-owner-full-control");
        Ok(Input { object: OnObject { at: asked.at() }, owner_only })
    }

    fn encode((): ()) -> Answer {
        Answer::new(200)
    }
}
