//! Topics and subscriptions: where they live, and what is said of them.

use std::collections::BTreeMap;

use model::{AccountId, Arn, Region, Time};
use serde::{Deserialize, Serialize};
use store::Record;

/// Where a topic lives. Names are unique in an account and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TopicKey {
    pub account: AccountId,
    pub region: Region,
    pub name: String,
}

impl TopicKey {
    pub fn arn(&self) -> Arn {
        Arn::new("sns", self.region.as_str(), self.account.as_str(), self.name.clone())
    }

    /// The topic of an ARN, and the id of a subscription to it if it is one's; `None` when it is neither.
    pub fn of_arn(arn: &Arn) -> Option<(Self, Option<String>)> {
        let (name, subscription) = match arn.resource.split_once(':') {
            Some((name, id)) => (name, Some(id.to_owned())),
            None => (arn.resource.as_str(), None),
        };
        let is_topic = arn.service == "sns" && !name.is_empty() && !arn.region.is_empty();
        let account = arn.account.parse().ok().filter(|_| is_topic)?;
        Some((Self { account, region: Region::new(&arn.region), name: name.to_owned() }, subscription))
    }

    /// AWS: a FIFO topic's name ends with `.fifo`.
    pub fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }
}

/// A topic, without its subscriptions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    pub key: TopicKey,
    /// What was set, by name.
    pub attributes: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub data_protection: Option<String>,
    /// How its owner reached the platform: the base of addresses in messages.
    pub origin: String,
    /// Subscriptions that were ended.
    pub deleted: u64,
}

impl Record for Topic {
    const VERSION: u32 = 1;
}

impl Topic {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// The policy that says who may do what.
    pub fn policy(&self) -> String {
        self.attribute("Policy").map_or_else(|| default_policy(&self.key), str::to_owned)
    }

    pub fn has_content_deduplication(&self) -> bool {
        self.attribute("ContentBasedDeduplication") == Some("true")
    }

    /// 1 is with SHA-1, 2 with SHA-256.
    pub fn signature_version(&self) -> &str {
        self.attribute("SignatureVersion").unwrap_or("1")
    }
}

/// What a topic has that nothing else was said of: its owner may do everything. Source: answers of AWS.
fn default_policy(key: &TopicKey) -> String {
    let actions = [
        "SNS:GetTopicAttributes",
        "SNS:SetTopicAttributes",
        "SNS:AddPermission",
        "SNS:RemovePermission",
        "SNS:DeleteTopic",
        "SNS:Subscribe",
        "SNS:ListSubscriptionsByTopic",
        "SNS:Publish",
    ];
    serde_json::json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": actions,
            "Resource": key.arn(),
            "Condition": { "StringEquals": { "AWS:SourceOwner": key.account } },
        }],
    })
    .to_string()
}

/// Who gets what is published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    pub topic: TopicKey,
    pub id: String,
    /// `sqs`, `lambda`, `http`, `email`, ...
    pub protocol: String,
    pub endpoint: String,
    pub owner: AccountId,
    /// Who asked for it.
    pub principal: String,
    /// What was set, by name.
    pub attributes: BTreeMap<String, String>,
    /// What confirms it; `None` once it is.
    pub token: Option<String>,
    /// It was confirmed by somebody who may end it.
    pub authenticated: bool,
    pub created: Time,
}

impl Record for Subscription {
    const VERSION: u32 = 1;
}

impl Subscription {
    pub fn arn(&self) -> Arn {
        let mut arn = self.topic.arn();
        arn.resource = format!("{}:{}", arn.resource, self.id);
        arn
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    pub fn is_raw(&self) -> bool {
        self.attribute("RawMessageDelivery") == Some("true")
    }

    pub fn is_pending(&self) -> bool {
        self.token.is_some()
    }

    /// Where go what could not be delivered.
    pub fn dead_letter_queue(&self) -> Option<Arn> {
        let policy: serde_json::Value = serde_json::from_str(self.attribute("RedrivePolicy")?).ok()?;
        policy.get("deadLetterTargetArn")?.as_str()?.parse().ok()
    }
}
