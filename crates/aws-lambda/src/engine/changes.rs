//! Making, changing and removing functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use model::{AccountId, Failure, Fault, Internal, Region};
use registry::{
    Changed, Code, Configuration, Function, FunctionKey, LastUpdate, Packaging, Policies, Policy,
    RecursiveLoop, State, Version, VersionId,
};
use uuid::Uuid;

use super::Engine;
use crate::layers::NamedLayer;
use crate::{faults, limits, tags};

/// A function that is to be.
pub struct Draft {
    pub key: FunctionKey,
    /// Still without its layers.
    pub configuration: Configuration,
    pub layers: Vec<NamedLayer>,
    pub tags: BTreeMap<String, String>,
}

impl Engine {
    /// Makes it, pending. Fails when there is one of this key, and when the zip is no package.
    pub async fn create(self: &Arc<Self>, mut draft: Draft, zip: Bytes) -> Result<Arc<Function>, Failure> {
        let name = draft.key.name.clone();
        if self.parts.registry.get(&draft.key).await?.is_some() {
            return Err(faults::function_exists(&name).into());
        }
        self.check_storage(&draft.key.account, &draft.key.region, zip.len()).await?;
        let _placing = self.shelf.placing.read().await;
        draft.configuration.layers = self.use_layers(&draft.layers).await?;
        let code = self.shelve_beside(zip, &draft.configuration.layers).await?;
        match self.parts.registry.create(self.drafted(draft, code)).await {
            Ok(Changed::Done(function)) => {
                self.make_ready(Arc::new(function.latest.clone()));
                Ok(function)
            }
            Ok(Changed::Conflict) => {
                self.give_up(code, None);
                Err(faults::function_exists(&name).into())
            }
            Err(internal) => {
                self.give_up(code, None);
                Err(internal.into())
            }
        }
    }

    /// Gives it another configuration: what `change` makes of the one it has, and these layers, where any are told.
    pub async fn reconfigure(
        self: &Arc<Self>,
        key: &FunctionKey,
        revision: Option<&str>,
        layers: Option<&[NamedLayer]>,
        change: impl Fn(&mut Configuration) -> Result<(), Fault> + Send + Sync,
    ) -> Result<Arc<Function>, Failure> {
        let _placing = self.shelf.placing.read().await;
        let used = self.layers_for(key, layers).await?;
        let revise = |function: &Function| {
            check_changeable(&function.latest, revision)?;
            let mut latest = self.revised(&function.latest);
            change(&mut latest.configuration)?;
            if let Some(used) = &used {
                latest.configuration.layers.clone_from(used);
            }
            Ok(Function { latest, ..function.clone() })
        };
        let (before, after) = self.change(key, revise).await?;
        // The function still has the code: it is waited for those that were started before this change.
        self.withdraw(&before.latest, &before.tags).await;
        self.make_ready(Arc::new(after.latest.clone()));
        Ok(after)
    }

    /// Gives it other code.
    pub async fn recode(
        self: &Arc<Self>,
        key: &FunctionKey,
        revision: Option<&str>,
        zip: Bytes,
    ) -> Result<Arc<Function>, Failure> {
        self.check_storage(&key.account, &key.region, zip.len()).await?;
        let _placing = self.shelf.placing.read().await;
        let layers = self.parts.registry.get(key).await?;
        let layers = layers.as_ref().map_or(&[][..], |function| &function.latest.configuration.layers);
        let code = self.shelve_beside(zip, layers).await?;
        let revise = |function: &Function| {
            check_changeable(&function.latest, revision)?;
            let latest = Version { code, ..self.revised(&function.latest) };
            Ok(Function { latest, ..function.clone() })
        };
        match self.change(key, revise).await {
            Ok((before, after)) => {
                // Also when it is the same code: it is waited for those that were started before this change.
                self.withdraw(&before.latest, &before.tags).await;
                self.make_ready(Arc::new(after.latest.clone()));
                Ok(after)
            }
            Err(failure) => {
                self.give_up(code, None);
                Err(failure)
            }
        }
    }

    /// Changes its tags. Where that changes what they say to the platform, no call begins in an instance of before any more.
    pub async fn retag(
        self: &Arc<Self>,
        key: &FunctionKey,
        change: impl Fn(&mut BTreeMap<String, String>) + Send + Sync,
    ) -> Result<(), Failure> {
        let retag = |function: &Function| {
            let mut after = function.clone();
            change(&mut after.tags);
            tags::check_count(&after.tags)?;
            tags::wishes(&after.tags)?;
            Ok(after)
        };
        let _placing = self.shelf.placing.read().await;
        let (before, after) = self.change(key, retag).await?;
        if tags::wishes(&before.tags).ok() != tags::wishes(&after.tags).ok() {
            for version in self.every_version(&before).await? {
                self.withdraw(&version, &before.tags).await;
            }
            self.provide_again(&after).await;
        }
        Ok(())
    }

    /// What `recode` would do, without doing it.
    pub async fn try_recode(
        self: &Arc<Self>,
        latest: &Version,
        revision: Option<&str>,
        zip: Bytes,
    ) -> Result<Version, Failure> {
        check_changeable(latest, revision)?;
        self.check_storage(&latest.key.account, &latest.key.region, zip.len()).await?;
        let _placing = self.shelf.placing.read().await;
        let code = self.shelve_beside(zip, &latest.configuration.layers).await?;
        self.give_up(code, None);
        Ok(Version { code, ..latest.clone() })
    }

    /// Removes it. Calls that run end in peace. `false` when there was none.
    pub async fn remove(self: &Arc<Self>, key: &FunctionKey) -> Result<bool, Internal> {
        let _placing = self.shelf.placing.read().await;
        let Some((function, versions)) = self.parts.registry.remove(key).await? else { return Ok(false) };
        self.free_concurrency(key);
        for version in versions.iter().chain([&function.latest]) {
            self.withdraw(version, &function.tags).await;
        }
        Ok(true)
    }

    /// No call begins in an instance of this revision any more, and its code goes when the last one has ended, if it is
    /// nobody's then. The caller holds `placing`.
    pub(super) async fn withdraw(self: &Arc<Self>, version: &Version, tags: &BTreeMap<String, String>) {
        let key = self.retire(version, tags).await;
        version.codes().into_iter().for_each(|code| self.give_up(code, Some(key.clone())));
    }

    /// Makes of a function what `change` says, again when somebody else changed it in between.
    /// Gives what it was and what it is.
    pub async fn change(
        &self,
        key: &FunctionKey,
        change: impl Fn(&Function) -> Result<Function, Fault> + Send + Sync,
    ) -> Result<(Arc<Function>, Arc<Function>), Failure> {
        loop {
            let Some(before) = self.parts.registry.get(key).await? else {
                return Err(faults::function_not_found(&key.arn()).into());
            };
            if let Changed::Done(after) = self.parts.registry.update(&before, change(&before)?).await? {
                return Ok((before, after));
            }
        }
    }

    /// How many functions there are in an account and region, and the bytes of their code and of layers. AWS: each version's
    /// counts, also where they share it.
    pub async fn usage(&self, account: &AccountId, region: &Region) -> Result<(u64, u64), Internal> {
        let all = self.parts.registry.list(account, region, None, usize::MAX).await?;
        let published = self.parts.registry.versions_in(account, region).await?;
        let versions = all.iter().map(|function| &function.latest).chain(&published);
        let layers = self.parts.registry.layer_versions_in(account, region).await?;
        let layers = layers.iter().map(|version| version.content.code.size);
        Ok((all.len() as u64, versions.map(|version| version.code.size).chain(layers).sum()))
    }

    pub(super) async fn check_storage(
        &self,
        account: &AccountId,
        region: &Region,
        more: usize,
    ) -> Result<(), Failure> {
        let (_, bytes) = self.usage(account, region).await?;
        if bytes + more as u64 > limits::CODE_STORAGE_BYTES {
            return Err(faults::code_storage_exceeded().into());
        }
        Ok(())
    }

    fn drafted(&self, draft: Draft, code: Code) -> Function {
        let latest = Version {
            key: draft.key,
            id: VersionId::Latest,
            configuration: draft.configuration,
            code,
            packaging: Packaging::Zip,
            revision_id: Uuid::new_v4().to_string(),
            last_modified: self.parts.clock.now(),
            state: State::Pending,
            last_update: LastUpdate::Successful,
        };
        let unqualified = Policy { statements: Vec::new(), revision_id: Uuid::new_v4().to_string() };
        Function {
            latest,
            published: 0,
            aliases: BTreeMap::new(),
            policies: Policies { unqualified, qualified: BTreeMap::new() },
            tags: draft.tags,
            event_invoke_configs: BTreeMap::new(),
            urls: BTreeMap::new(),
            provisioned: BTreeMap::new(),
            reserved_concurrency: None,
            recursive_loop: RecursiveLoop::default(),
        }
    }

    fn revised(&self, latest: &Version) -> Version {
        Version {
            revision_id: Uuid::new_v4().to_string(),
            last_modified: self.parts.clock.now(),
            last_update: LastUpdate::InProgress,
            ..latest.clone()
        }
    }
}

/// Fails while an earlier change is under way.
pub fn check_settled(latest: &Version) -> Result<(), Fault> {
    if latest.state == State::Pending {
        return Err(faults::in_state("Pending"));
    }
    if latest.last_update == LastUpdate::InProgress {
        return Err(faults::update_in_progress(&latest.key.arn()));
    }
    Ok(())
}

fn check_changeable(latest: &Version, revision: Option<&str>) -> Result<(), Fault> {
    check_settled(latest)?;
    if revision.is_some_and(|revision| revision != latest.revision_id) {
        return Err(faults::revision_differs("GetFunction/GetAlias"));
    }
    Ok(())
}
