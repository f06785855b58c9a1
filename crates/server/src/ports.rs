//! What one part of the platform needs of another, where neither may know the other.

use std::sync::Arc;

use admin::{Outbox, Outgoing, Wipe};
use async_trait::async_trait;
use aws_lambda::{CodeBucket, Lambda, Roles};
use aws_s3::S3;
use aws_sns::Sns;
use aws_sqs::Sqs;
use bytes::Bytes;
use iam::{Decision, Iam, RequestContext};
use model::{AccountId, Arn, Caller, Failure, Fault, Identity, Internal, Permission, Region};
use service::Call;
use tasks::Clock;

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

    async fn role_allows(&self, role: &Arn, permission: &Permission) -> Result<bool, Internal> {
        let Some((found, _)) = self.iam.policies_of(role).await? else { return Ok(false) };
        let identity = Identity::Session {
            role: role.clone(),
            role_name: found.name.clone(),
            role_id: found.id.clone(),
            session_name: "lambda".to_owned(),
            policy: None,
        };
        self.policy_allows(&Caller { account: found.account.clone(), identity }, permission).await
    }

    async fn policy_allows(&self, caller: &Caller, permission: &Permission) -> Result<bool, Internal> {
        let request = RequestContext::internal(self.clock.now(), Region::default());
        Ok(self.iam.decide(caller, permission, &request).await? == Decision::Allowed)
    }
}

/// SQS and SNS ask about policies of their own.
pub struct RightsOf(pub RolesOf);

#[async_trait]
impl aws_sqs::Rights for RightsOf {
    async fn allows(&self, caller: &Caller, permission: &Permission) -> Result<bool, Internal> {
        self.0.policy_allows(caller, permission).await
    }
}

#[async_trait]
impl aws_sns::Rights for RightsOf {
    async fn allows(&self, caller: &Caller, permission: &Permission) -> Result<bool, Internal> {
        self.0.policy_allows(caller, permission).await
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

/// The admin face wipes an account's buckets.
pub struct WipeBuckets(pub Arc<S3>);

#[async_trait]
impl Wipe for WipeBuckets {
    async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        self.0.wipe(account).await
    }
}

/// The admin face wipes an account's functions.
pub struct WipeFunctions(pub Lambda);

#[async_trait]
impl Wipe for WipeFunctions {
    async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        self.0.wipe(account).await
    }
}

/// The admin face shows what topics sent to people.
pub struct OutboxOf(pub Sns);

#[async_trait]
impl Outbox for OutboxOf {
    async fn outbox(&self, account: &AccountId, limit: usize) -> Result<Vec<Outgoing>, Internal> {
        let told = |sent: aws_sns::Sent| Outgoing {
            time: sent.time,
            protocol: sent.protocol,
            to: sent.to,
            subject: sent.subject,
            body: sent.body,
            topic: sent.topic,
        };
        Ok(self.0.outbox(account, limit).await?.into_iter().map(told).collect())
    }
}

/// The admin face wipes an account's topics.
pub struct WipeTopics(pub Sns);

#[async_trait]
impl Wipe for WipeTopics {
    async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        self.0.wipe(account).await
    }
}

/// The admin face wipes an account's queues.
pub struct WipeQueues(pub Sqs);

#[async_trait]
impl Wipe for WipeQueues {
    async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        self.0.wipe(account).await
    }
}

/// The admin face wipes an account's roles.
pub struct WipeRoles(pub Iam);

#[async_trait]
impl Wipe for WipeRoles {
    async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        self.0.wipe(account).await
    }
}
