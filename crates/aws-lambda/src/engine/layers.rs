//! Layers: published, removed, shared with others, and laid under functions.

use std::sync::Arc;

use bytes::Bytes;
use model::{AccountId, Failure, Fault, Internal};
use registry::{
    BadPackage, Code, FunctionKey, LayerContent, LayerKey, LayerVersion, Policy, UsedLayer, Version,
};
use sandbox::Package;
use serde_json::json;
use uuid::Uuid;

use super::{Engine, policy};
use crate::faults;
use crate::layers::NamedLayer;

/// A layer's version that is to be, without its code.
pub struct LayerDraft {
    pub key: LayerKey,
    pub description: String,
    pub license: Option<String>,
    pub runtimes: Option<Vec<String>>,
    pub architectures: Option<Vec<String>>,
}

/// The policy of a layer's version; `None` when there are no statements.
pub fn layer_document(version: &LayerVersion) -> Option<String> {
    let statements = &version.policy.statements;
    let shown: Vec<_> = statements.iter().map(|one| policy::statement(one, &version.arn())).collect();
    (!shown.is_empty())
        .then(|| json!({ "Version": "2012-10-17", "Id": "default", "Statement": shown }).to_string())
}

impl Engine {
    /// Publishes the next version of a layer. Fails when the zip is no package.
    pub async fn publish_layer(
        self: &Arc<Self>,
        draft: LayerDraft,
        zip: Bytes,
    ) -> Result<LayerVersion, Failure> {
        let LayerDraft { key, description, license, runtimes, architectures } = draft;
        self.check_storage(&key.account, &key.region, zip.len()).await?;
        let _placing = self.shelf.placing.read().await;
        let code = self.shelve(zip).await?;
        let content = LayerContent { code, description, license, runtimes, architectures };
        let policy = Policy { statements: Vec::new(), revision_id: Uuid::new_v4().to_string() };
        let now = self.parts.clock.now();
        let published = self.parts.registry.publish_layer(&key, content, policy, now).await;
        published.map_err(|internal| {
            self.give_up(code, None);
            internal.into()
        })
    }

    /// Removes a version. AWS: one that is not there is no failure.
    pub async fn remove_layer_version(self: &Arc<Self>, key: &LayerKey, number: u64) -> Result<(), Internal> {
        let _placing = self.shelf.placing.read().await;
        if let Some(version) = self.parts.registry.remove_layer_version(key, number).await? {
            self.give_up(version.content.code, None);
        }
        Ok(())
    }

    /// Removes every layer of an account.
    pub async fn wipe_layers(self: &Arc<Self>, account: &AccountId) -> Result<(), Internal> {
        for version in self.parts.registry.all_layer_versions().await? {
            if version.key.account == *account {
                self.remove_layer_version(&version.key, version.number).await?;
            }
        }
        Ok(())
    }

    /// Makes of the version's policy what `change` says. Gives what it is then. Fails when there is no such version.
    pub async fn change_layer(
        &self,
        named: &NamedLayer,
        change: impl Fn(&mut LayerVersion) -> Result<(), Fault> + Send,
    ) -> Result<LayerVersion, Failure> {
        loop {
            let found = self.parts.registry.layer_version(&named.key, named.number).await?;
            let Some((mut version, revision)) = found else {
                return Err(faults::not_found(faults::no_layer_version(&named.arn())).into());
            };
            change(&mut version)?;
            version.policy.revision_id = Uuid::new_v4().to_string();
            if self.parts.registry.update_layer(&version, revision).await? {
                return Ok(version);
            }
        }
    }

    /// These layers for a function to have. The caller holds `placing` until it has them. Fails when one is not there.
    pub(super) async fn use_layers(&self, asked: &[NamedLayer]) -> Result<Vec<UsedLayer>, Failure> {
        let mut used = Vec::new();
        for named in asked {
            let found = self.parts.registry.layer_version(&named.key, named.number).await?;
            let Some((version, _)) = found else {
                return Err(faults::invalid_parameter(faults::no_layer_version(&named.arn())).into());
            };
            used.push(UsedLayer { arn: version.arn(), code: version.content.code });
        }
        Ok(used)
    }

    /// The same for a function that is there; `None` where nothing is said of layers.
    pub(super) async fn layers_for(
        &self,
        key: &FunctionKey,
        asked: Option<&[NamedLayer]>,
    ) -> Result<Option<Vec<UsedLayer>>, Failure> {
        let Some(asked) = asked else { return Ok(None) };
        let used = self.use_layers(asked).await?;
        if let Some(function) = self.parts.registry.get(key).await? {
            self.check_unzipped(&function.latest.code, &used).await?;
        }
        Ok(Some(used))
    }

    /// Shelves a function's code. Fails too when it is too large together with the function's layers.
    pub(super) async fn shelve_beside(
        self: &Arc<Self>,
        zip: Bytes,
        layers: &[UsedLayer],
    ) -> Result<Code, Failure> {
        let code = self.shelve(zip).await?;
        if let Err(failure) = self.check_unzipped(&code, layers).await {
            self.give_up(code, None);
            return Err(failure);
        }
        Ok(code)
    }

    /// Fails when a function's code is too large together with its layers.
    pub(super) async fn check_unzipped(&self, code: &Code, layers: &[UsedLayer]) -> Result<(), Failure> {
        if layers.is_empty() {
            return Ok(());
        }
        let packages = &self.parts.packages;
        let mut bytes = 0;
        for layer in layers {
            bytes += packages.unpacked_bytes(&layer.code).await?;
        }
        if bytes > registry::UNZIPPED_BYTES {
            return Err(faults::layers_too_large().into());
        }
        bytes += packages.unpacked_bytes(code).await?;
        if bytes > registry::UNZIPPED_BYTES {
            return Err(faults::code_and_layers_too_large(bytes).into());
        }
        Ok(())
    }

    /// All code of a version as directories, unpacked again where that is needed. The inner failure is a package's own.
    pub(super) async fn package(&self, version: &Version) -> Result<Result<Package, BadPackage>, Internal> {
        let mut folders = Vec::new();
        let layers = version.configuration.layers.iter().map(|layer| &layer.code);
        for code in [&version.code].into_iter().chain(layers) {
            match self.parts.packages.prepare(code).await? {
                Ok(folder) => folders.push(folder),
                Err(bad) => return Ok(Err(bad)),
            }
        }
        let layers = folders.split_off(1);
        Ok(Ok(Package { code: folders.swap_remove(0), layers }))
    }
}
