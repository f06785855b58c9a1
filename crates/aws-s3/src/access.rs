//! What operations ask permission for: actions on a bucket or on an object, with the bucket's owner and policy.

use model::{Failure, Permission};
use service::Call;

use crate::engine::{AccessBlock, At, Found, OpenBucket, Setting, restricted};
use crate::{S3, faults};

impl S3 {
    /// An action on a bucket. Fails when there is no such bucket.
    pub(crate) async fn on_bucket(&self, bucket: &str, action: &'static str) -> Result<Permission, Failure> {
        let open = self.engine.bucket(bucket).await?;
        self.permission(&open, action, format!("arn:aws:s3:::{bucket}")).await
    }

    /// An action on an object, there or not. Fails when there is no such bucket.
    pub(crate) async fn on_object(&self, at: &At, action: &'static str) -> Result<Permission, Failure> {
        let open = self.engine.bucket(&at.bucket).await?;
        self.permission(&open, action, format!("arn:aws:s3:::{}/{}", at.bucket, at.key)).await
    }

    async fn permission(
        &self,
        open: &OpenBucket,
        action: &'static str,
        resource: String,
    ) -> Result<Permission, Failure> {
        let owner = &open.bucket.owner;
        let policy = match self.engine.setting(&open.name, Setting::Policy).await? {
            Some(policy) if self.is_restricted(&open.name).await? => Some(restricted(policy, owner)),
            policy => policy,
        };
        Ok(Permission::new(action, resource).owned_by(owner.clone()).with_policy(policy))
    }

    async fn is_restricted(&self, bucket: &str) -> Result<bool, Failure> {
        let block = AccessBlock::of(self.engine.setting(bucket, Setting::PublicAccessBlock).await?)?;
        Ok(block.is_some_and(|block| block.restrict_public_buckets))
    }

    /// An object that has to be there. AWS: who may not list the bucket is not told that a key is missing.
    pub(crate) async fn existing(&self, call: &Call, at: &At) -> Result<Found, Failure> {
        if let Some(found) = self.engine.find(at).await? {
            return Ok(found);
        }
        let list = self.on_bucket(&at.bucket, "s3:ListBucket").await?;
        call.authority.allow(call, &list).await?;
        Err(faults::no_such_key(&at.key).into())
    }
}
