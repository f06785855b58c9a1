//! Layers: packages that functions share, in versions that do not change.

use model::{AccountId, Arn, Internal, Region, Time};
use serde::{Deserialize, Serialize};
use store::{CommitError, Expected, Record, Revision, Transaction};

use crate::{Code, Policy, Registry, keys};

/// Where a layer lives. Names are unique in an account and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LayerKey {
    pub account: AccountId,
    pub region: Region,
    pub name: String,
}

impl LayerKey {
    /// The layer's ARN without version.
    pub fn arn(&self) -> Arn {
        let resource = format!("layer:{}", self.name);
        Arn::new("lambda", self.region.as_str(), self.account.as_str(), resource)
    }

    /// The ARN of one of its versions.
    pub fn version_arn(&self, number: u64) -> Arn {
        let mut arn = self.arn();
        arn.resource = format!("{}:{number}", arn.resource);
        arn
    }
}

/// What all versions of a layer share.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Layer {
    /// The number of the version that was published last, also when that has been deleted.
    published: u64,
}

impl Record for Layer {
    const VERSION: u32 = 1;
}

/// A version of a layer. It does not change but in its policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerVersion {
    pub key: LayerKey,
    pub number: u64,
    pub content: LayerContent,
    pub created: Time,
    pub policy: Policy,
}

impl Record for LayerVersion {
    const VERSION: u32 = 1;
}

impl LayerVersion {
    pub fn arn(&self) -> Arn {
        self.key.version_arn(self.number)
    }
}

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerContent {
    pub code: Code,
    pub description: String,
    pub license: Option<String>,
    /// `None` where nothing was said of them.
    pub runtimes: Option<Vec<String>>,
    pub architectures: Option<Vec<String>>,
}

/// A layer as a function has it: it stays so when the layer's version is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedLayer {
    /// Of the layer's version.
    pub arn: Arn,
    pub code: Code,
}

impl Registry {
    /// A version of a layer and the revision of its row; `None` when there is none of this number.
    pub async fn layer_version(
        &self,
        key: &LayerKey,
        number: u64,
    ) -> Result<Option<(LayerVersion, Revision)>, Internal> {
        let Some(row) = self.table.get(&keys::layer_version(key, number)).await? else { return Ok(None) };
        Ok(Some((store::decode(&row.value)?, row.revision)))
    }

    /// All versions of a layer by number.
    pub async fn layer_versions(&self, key: &LayerKey) -> Result<Vec<LayerVersion>, Internal> {
        self.range(&keys::layer_versions(key), None, usize::MAX).await
    }

    /// All versions of all layers of an account and region, by name and number.
    pub async fn layer_versions_in(
        &self,
        account: &AccountId,
        region: &Region,
    ) -> Result<Vec<LayerVersion>, Internal> {
        self.range(&keys::layer_versions_in(account, region), None, usize::MAX).await
    }

    /// All versions of all layers of all accounts.
    pub async fn all_layer_versions(&self) -> Result<Vec<LayerVersion>, Internal> {
        self.range(&keys::all_layer_versions(), None, usize::MAX).await
    }

    /// Publishes the next version of a layer, which is made when there was none.
    pub async fn publish_layer(
        &self,
        key: &LayerKey,
        content: LayerContent,
        policy: Policy,
        created: Time,
    ) -> Result<LayerVersion, Internal> {
        let row = keys::layer(key);
        loop {
            let found = self.table.get(&row).await?;
            let layer: Layer = match &found {
                Some(found) => store::decode(&found.value)?,
                None => Layer::default(),
            };
            let expected = found.map_or(Expected::Absent, |found| Expected::At(found.revision));
            let (number, content) = (layer.published + 1, content.clone());
            let version = LayerVersion { key: key.clone(), number, content, created, policy: policy.clone() };
            let publish = Transaction::new()
                .expect(row.clone(), expected)
                .put(row.clone(), store::encode(&Layer { published: number })?)
                .put(keys::layer_version(key, number), store::encode(&version)?)
                .put(keys::use_by_layer(&version), "")
                .remove(keys::suspect(&version.content.code));
            match self.table.commit(publish).await {
                Ok(_) => return Ok(version),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Internal(internal)) => return Err(internal),
            }
        }
    }

    /// Gives a version another policy; `false` when its row is not as expected.
    pub async fn update_layer(&self, after: &LayerVersion, expected: Revision) -> Result<bool, Internal> {
        let row = keys::layer_version(&after.key, after.number);
        let change = Transaction::new().expect(row.clone(), Expected::At(expected));
        self.try_commit(change.put(row, store::encode(after)?)).await
    }

    /// Removes a version, whose number is never given again. Functions that have it keep it. `None` when there was none.
    pub async fn remove_layer_version(
        &self,
        key: &LayerKey,
        number: u64,
    ) -> Result<Option<LayerVersion>, Internal> {
        loop {
            let Some((version, revision)) = self.layer_version(key, number).await? else { return Ok(None) };
            let row = keys::layer_version(key, number);
            let remove = Transaction::new()
                .expect(row.clone(), Expected::At(revision))
                .remove(row)
                .remove(keys::use_by_layer(&version))
                .put(keys::suspect(&version.content.code), store::encode(&version.content.code)?);
            if self.try_commit(remove).await? {
                return Ok(Some(version));
            }
        }
    }
}
