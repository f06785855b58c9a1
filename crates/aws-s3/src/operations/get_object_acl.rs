//! `GetObjectAcl`: the owner may do everything; there are no other grants.

use async_trait::async_trait;
use model::{AccountId, Failure, Fault, Permission};
use service::{Call, Operation};

use crate::S3;
use crate::protocol::{Answer, Asked, Exchange, OnObject, owner_only};

pub struct GetObjectAcl;

#[async_trait]
impl Operation for GetObjectAcl {
    type Face = S3;
    type Input = OnObject;
    type Output = AccountId;

    const NAME: &'static str = "GetObjectAcl";

    async fn permissions(face: &S3, _: &Call, input: &OnObject) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_object(&input.at, "s3:GetObjectAcl").await?])
    }

    async fn run(face: &S3, call: &Call, input: OnObject) -> Result<AccountId, Failure> {
        face.existing(call, &input.at).await?;
        Ok(face.engine.bucket(&input.at.bucket).await?.bucket.owner)
    }
}

impl Exchange for GetObjectAcl {
    fn decode(asked: Asked) -> Result<OnObject, Fault> {
        asked.refuse_version()?;
        Ok(OnObject { at: asked.at() })
    }

    fn encode(owner: AccountId) -> Answer {
        Answer::xml(&owner_only(&owner))
    }
}
