//! What one part of the platform needs of another, where neither may know the other.

use std::sync::Arc;

use admin::Wipe;
use async_trait::async_trait;
use aws_lambda::{CodeBucket, Lambda, Roles, RuntimeCatalog};
use aws_s3::S3;
use bytes::Bytes;
use delivery::Delivery;
use iam::{Decision, Iam, RequestContext};
use metering::Ledger;
use model::{AccountId, Arn, Caller, Failure, Fault, Internal, Permission, Region};
use sandbox::Runtime;
use sandbox_linux::Runtimes;
use service::Call;
use tasks::Clock;
use telemetry::Logs;

/// Lambda asks about roles and policies.
pub struct RolesOf {
    pub iam: Iam,
    pub clock: Clock,
}

#[async_trait]
impl Roles for RolesOf {
    async fn service_may_assume(&self, role: &Arn, service: &str) -> Result<bool, Internal> {
        self.iam.service_may_assume(role, service).await
    }

    async fn policy_allows(&self, caller: &Caller, permission: &Permission) -> Result<bool, Internal> {
        let request = RequestContext::internal(self.clock.now(), Region::default());
        Ok(self.iam.decide(caller, permission, &request).await? == Decision::Allowed)
    }
}

/// Lambda fetches code that lies in a bucket.
pub struct CodeIn(pub Arc<S3>);

#[async_trait]
impl CodeBucket for CodeIn {
    async fn fetch(
        &self,
        call: &Call,
        bucket: &str,
        key: &str,
        version: Option<&str>,
        most: u64,
    ) -> Result<Bytes, Failure> {
        if version.is_some_and(|version| version != "null") {
            return Err(Fault::new("NoSuchVersion", 404, "The specified version does not exist.").into());
        }
        self.0.fetch(call, bucket, key, most).await
    }
}

/// Lambda looks runtimes up.
pub struct Catalog {
    pub runtimes: Runtimes,
    /// Whether another version may stand in.
    pub nearest: bool,
}

impl RuntimeCatalog for Catalog {
    fn get(&self, name: &str) -> Result<(Arc<Runtime>, Option<String>), String> {
        let found = if self.nearest {
            self.runtimes.get_or_nearest(name)
        } else {
            self.runtimes.get(name).map(|runtime| (runtime, None))
        };
        found.map_err(|missing| missing.to_string())
    }
}

/// The admin face wipes an account: what starts work goes first, what keeps accounts of it last.
pub struct Everything {
    pub s3: Arc<S3>,
    pub lambda: Lambda,
    pub delivery: Delivery,
    pub iam: Iam,
    pub logs: Logs,
    pub ledger: Ledger,
}

#[async_trait]
impl Wipe for Everything {
    async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        self.s3.wipe(account).await?;
        self.lambda.wipe(account).await?;
        self.delivery.wipe(account).await?;
        self.iam.wipe(account).await?;
        self.logs.wipe(account).await?;
        self.ledger.wipe(account).await
    }
}
