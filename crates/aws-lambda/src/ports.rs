//! What the face needs of others: decisions on roles and policies, objects in buckets, and the runtimes of the host.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use model::{Arn, Caller, Failure, Internal, Permission};
use sandbox::Runtime;
use service::Call;

/// Who knows roles and decides on policies.
#[async_trait]
pub trait Roles: Send + Sync {
    /// Whether the role exists and its trust policy lets this service principal assume it.
    async fn service_may_assume(&self, role: &Arn, service: &str) -> Result<bool, Internal>;

    /// Whether whoever runs under the role may do it.
    async fn role_allows(&self, role: &Arn, permission: &Permission) -> Result<bool, Internal>;

    /// Whether the permission's own resource policy, under the permission's context, lets this caller do it.
    async fn policy_allows(&self, caller: &Caller, permission: &Permission) -> Result<bool, Internal>;
}

/// Where code in buckets is fetched from.
#[async_trait]
pub trait CodeBucket: Send + Sync {
    /// The object's bytes, in the name of the caller. Fails with S3's own faults, also above `most` bytes.
    async fn fetch(
        &self,
        call: &Call,
        bucket: &str,
        key: &str,
        version: Option<&str>,
        most: u64,
    ) -> Result<Bytes, Failure>;
}

/// The runtimes of this host.
pub trait RuntimeCatalog: Send + Sync {
    /// The runtime of this name, or another version that stands in, with a note that says so.
    /// Fails with a sentence for people that says what is missing.
    fn get(&self, name: &str) -> Result<(Arc<Runtime>, Option<String>), String>;
}
