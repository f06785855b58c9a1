//! A queue: where it lives, and what is said of it.

use std::collections::BTreeMap;

use model::{AccountId, Arn, Region, Time};
use serde::{Deserialize, Serialize};
use store::Record;

/// Where a queue lives. Names are unique in an account and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QueueKey {
    pub account: AccountId,
    pub region: Region,
    pub name: String,
}

impl QueueKey {
    pub fn arn(&self) -> Arn {
        Arn::new("sqs", self.region.as_str(), self.account.as_str(), self.name.clone())
    }

    /// The queue of an ARN; `None` when it is no queue's.
    pub fn of_arn(arn: &Arn) -> Option<Self> {
        let is_queue = arn.service == "sqs" && !arn.resource.is_empty() && !arn.region.is_empty();
        let account = arn.account.parse().ok().filter(|_| is_queue)?;
        Some(Self { account, region: Region::new(&arn.region), name: arn.resource.clone() })
    }

    /// AWS: a FIFO queue's name ends with `.fifo`.
    pub fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }
}

/// A queue, without its messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    pub key: QueueKey,
    /// Its messages are kept by it: a queue that is made anew has none of those before.
    pub id: String,
    pub created: Time,
    pub modified: Time,
    pub settings: Settings,
    pub tags: BTreeMap<String, String>,
}

impl Record for Queue {
    const VERSION: u32 = 1;
}

/// What `SetQueueAttributes` sets. Times in seconds. Source: SQS API reference, `SetQueueAttributes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub visibility_timeout: u32,
    pub delay: u32,
    pub retention: u32,
    pub message_bytes: u32,
    pub wait: u32,
    pub policy: Option<String>,
    pub redrive: Option<Redrive>,
    pub redrive_allow: Option<RedriveAllow>,
    pub content_deduplication: bool,
    /// `messageGroup` or `queue`.
    pub deduplication_scope: Option<String>,
    /// `perQueue` or `perMessageGroupId`.
    pub throughput_limit: Option<String>,
    pub kms_key: Option<String>,
    pub kms_reuse: Option<u32>,
    pub managed_encryption: bool,
}

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redrive {
    pub target: Arn,
    pub receives: u32,
}

/// Which queues may have this one as their dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RedriveAllow {
    All,
    None,
    From(Vec<Arn>),
}

impl RedriveAllow {
    pub fn allows(&self, source: &Arn) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::From(sources) => sources.contains(source),
        }
    }
}
