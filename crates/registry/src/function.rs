//! One function: what its versions share, and the one that is not published.

use std::collections::BTreeMap;

use model::{AccountId, Arn, Internal, Region};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Record;

use crate::{
    Alias, EventInvokeConfig, FunctionUrl, Policies, Provisioned, RecursiveLoop, Version, VersionId,
};

/// Where a function lives. Names are unique in an account and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FunctionKey {
    pub account: AccountId,
    pub region: Region,
    pub name: String,
}

impl FunctionKey {
    /// The function's ARN without qualifier.
    pub fn arn(&self) -> Arn {
        let resource = format!("function:{}", self.name);
        Arn::new("lambda", self.region.as_str(), self.account.as_str(), resource)
    }
}

/// A function: its unpublished version, and what all its versions share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// `$LATEST`.
    pub latest: Version,
    /// The number of the version that was published last, also when that has been deleted; 0 before the first.
    pub published: u64,
    pub aliases: BTreeMap<String, Alias>,
    pub policies: Policies,
    pub tags: BTreeMap<String, String>,
    /// By qualifier.
    #[serde(default)]
    pub event_invoke_configs: BTreeMap<String, EventInvokeConfig>,
    /// Calls at once that are kept for it, and that it may not go beyond.
    #[serde(default)]
    pub reserved_concurrency: Option<u32>,
    /// By qualifier.
    #[serde(default)]
    pub urls: BTreeMap<String, FunctionUrl>,
    /// By qualifier.
    #[serde(default)]
    pub provisioned: BTreeMap<String, Provisioned>,
    #[serde(default)]
    pub recursive_loop: RecursiveLoop,
}

impl Function {
    pub fn key(&self) -> &FunctionKey {
        &self.latest.key
    }
}

impl Record for Function {
    const VERSION: u32 = 2;

    /// The first rows had no versions: what is `latest` now stood beside policy and tags.
    fn migrate(_: u32, mut row: Value) -> Result<Value, Internal> {
        let policy =
            json!({ "statements": row["policy"].take(), "revision_id": row["policy_revision_id"].take() });
        let tags = row["tags"].take();
        row["id"] = json!(VersionId::Latest);
        let policies = json!({ "unqualified": policy, "qualified": {} });
        Ok(json!({ "latest": row, "published": 0, "aliases": {}, "policies": policies, "tags": tags }))
    }
}
