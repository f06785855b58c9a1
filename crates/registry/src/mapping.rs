//! Event source mappings: which function gets what from a queue or a stream, in batches.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{AccountId, Arn, Internal, Region, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Expected, Record, Revision, Transaction};

use crate::{FunctionKey, Registry, keys};

/// Where a mapping lives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MappingKey {
    pub account: AccountId,
    pub region: Region,
    /// A UUID.
    pub id: String,
}

impl MappingKey {
    pub fn arn(&self) -> Arn {
        let resource = format!("event-source-mapping:{}", self.id);
        Arn::new("lambda", self.region.as_str(), self.account.as_str(), resource)
    }
}

/// Source: Lambda API reference, `EventSourceMappingConfiguration`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventSourceMapping {
    pub key: MappingKey,
    pub source: Arn,
    pub function: FunctionKey,
    pub qualifier: Option<String>,
    pub enabled: bool,
    pub batch: u32,
    pub window: Duration,
    /// Patterns, as they were given.
    pub filters: Vec<String>,
    pub reports_item_failures: bool,
    /// Batches at once, at most; `None` as many as the account has calls.
    pub concurrency: Option<u32>,
    pub pollers: Option<Pollers>,
    /// The key that the filters are said to be encrypted with.
    #[serde(default)]
    pub kms_key: Option<String>,
    /// Metrics that are asked for.
    #[serde(default)]
    pub metrics: Vec<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    pub last_modified: Time,
    pub state: MappingState,
}

impl Record for EventSourceMapping {
    const VERSION: u32 = 2;

    /// Pollers were kept as they were asked for, without what AWS has where nothing is said.
    fn migrate(_: u32, mut value: Value) -> Result<Value, Internal> {
        if let Some(pollers) = value.get_mut("pollers").and_then(Value::as_object_mut) {
            for (name, usual) in [("least", 2), ("most", 200)] {
                if pollers.get(name).is_none_or(Value::is_null) {
                    pollers.insert(name.to_owned(), usual.into());
                }
            }
        }
        Ok(value)
    }
}

/// Pollers that are there whether or not there is work. AWS: each makes up to ten calls at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pollers {
    pub least: u32,
    pub most: u32,
}

/// How far a mapping is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MappingState {
    Creating,
    Enabling,
    Enabled,
    Disabling,
    Disabled,
    Updating,
    Deleting,
}

impl MappingState {
    /// As Lambda names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Creating => "Creating",
            Self::Enabling => "Enabling",
            Self::Enabled => "Enabled",
            Self::Disabling => "Disabling",
            Self::Disabled => "Disabled",
            Self::Updating => "Updating",
            Self::Deleting => "Deleting",
        }
    }

    /// Whether nothing is under way.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Enabled | Self::Disabled)
    }
}

impl Registry {
    /// A mapping and the revision of its row; `None` when there is none of this key.
    pub async fn mapping(
        &self,
        key: &MappingKey,
    ) -> Result<Option<(EventSourceMapping, Revision)>, Internal> {
        let Some(row) = self.table.get(&keys::mapping(key)).await? else { return Ok(None) };
        Ok(Some((store::decode(&row.value)?, row.revision)))
    }

    /// Mappings of an account and region by id, up to `limit`, of those after an id.
    pub async fn mappings(
        &self,
        account: &AccountId,
        region: &Region,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<EventSourceMapping>, Internal> {
        let prefix = keys::mappings().text(account.as_str()).text(region.as_str());
        let after = after.map(|id| prefix.clone().text(id));
        self.range(&prefix, after.as_ref(), limit).await
    }

    /// Every mapping of every account.
    pub async fn all_mappings(&self) -> Result<Vec<EventSourceMapping>, Internal> {
        self.range(&keys::mappings(), None, usize::MAX).await
    }

    /// Makes it, or makes it what it is to be; `false` when its row is not as expected.
    pub async fn put_mapping(
        &self,
        mapping: &EventSourceMapping,
        expected: Expected,
    ) -> Result<bool, Internal> {
        let row = keys::mapping(&mapping.key);
        self.try_commit(Transaction::new().expect(row.clone(), expected).put(row, store::encode(mapping)?))
            .await
    }

    /// Removes it; `false` when its row is not as expected.
    pub async fn remove_mapping(&self, key: &MappingKey, expected: Revision) -> Result<bool, Internal> {
        let row = keys::mapping(key);
        self.try_commit(Transaction::new().expect(row.clone(), Expected::At(expected)).remove(row)).await
    }
}
