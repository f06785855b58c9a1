//! Publishing versions, and taking them away.

use std::sync::Arc;

use model::{Failure, Fault};
use registry::{Changed, Configuration, Function, FunctionKey, LastUpdate, State, Version, VersionId};
use uuid::Uuid;

use super::Engine;
use super::changes::check_settled;
use crate::faults;

/// What a version is to be published as, and under which conditions.
#[derive(Debug, Default)]
pub struct Publication {
    /// Without one the version has that of the function.
    pub description: Option<String>,
    /// What the code has to be, in base64.
    pub code_sha256: Option<String>,
    pub revision_id: Option<String>,
    /// The change that it is published with may still be under way.
    pub with_change: bool,
}

impl Publication {
    fn check(&self, function: &Function) -> Result<(), Fault> {
        let latest = &function.latest;
        if !self.with_change {
            check_settled(latest)?;
        }
        if self.revision_id.as_ref().is_some_and(|revision| *revision != latest.revision_id) {
            return Err(faults::revision_differs("GetFunction/GetAlias"));
        }
        let current = latest.code.sha256_base64();
        match &self.code_sha256 {
            Some(given) if *given != current => Err(faults::code_differs(given, &current)),
            _ => Ok(()),
        }
    }
}

impl Engine {
    /// Publishes the function as it is. AWS: one that is as it was published last gives that version.
    pub async fn publish(
        self: &Arc<Self>,
        key: &FunctionKey,
        publication: &Publication,
    ) -> Result<Arc<Version>, Failure> {
        let _placing = self.shelf.placing.read().await;
        loop {
            let Some(before) = self.parts.registry.get(key).await? else {
                return Err(faults::function_not_found(&key.arn()).into());
            };
            publication.check(&before)?;
            let last = self.parts.registry.version(key, before.published).await?;
            if let Some(last) = last.filter(|last| is_alike(last, &before.latest)) {
                return Ok(last);
            }
            let version = published(&before, publication);
            let after = Function { published: before.published + 1, ..(*before).clone() };
            if let Changed::Done(_) = self.parts.registry.publish(&before, after, &version).await? {
                let version = Arc::new(version);
                self.make_ready(version.clone());
                return Ok(version);
            }
        }
    }

    /// Takes a published version away. AWS: one that is not there is no failure; one that aliases lead to is.
    pub async fn unpublish(self: &Arc<Self>, key: &FunctionKey, number: u64) -> Result<(), Failure> {
        let _placing = self.shelf.placing.read().await;
        loop {
            let Some(before) = self.parts.registry.get(key).await? else {
                return Err(faults::function_not_found(&key.arn()).into());
            };
            let Some(version) = self.parts.registry.version(key, number).await? else { return Ok(()) };
            let leads = |alias: &&str| before.aliases[*alias].leads_to(version.id);
            let aliases: Vec<_> = before.aliases.keys().map(String::as_str).filter(leads).collect();
            if !aliases.is_empty() {
                return Err(faults::version_in_use(&aliases).into());
            }
            let mut after = (*before).clone();
            after.policies.qualified.remove(&version.id.to_string());
            after.event_invoke_configs.remove(&version.id.to_string());
            after.provisioned.remove(&version.id.to_string());
            if let Changed::Done(_) = self.parts.registry.unpublish(&before, after, &version).await? {
                self.withdraw(&version, &before.tags).await;
                return Ok(());
            }
        }
    }
}

/// AWS: another description alone is nothing to publish.
fn is_alike(published: &Version, latest: &Version) -> bool {
    let described =
        |version: &Version| Configuration { description: String::new(), ..version.configuration.clone() };
    published.code == latest.code && described(published) == described(latest)
}

fn published(function: &Function, publication: &Publication) -> Version {
    let mut version = Version {
        id: VersionId::Published(function.published + 1),
        revision_id: Uuid::new_v4().to_string(),
        state: State::Pending,
        last_update: LastUpdate::Successful,
        ..function.latest.clone()
    };
    if let Some(description) = &publication.description {
        version.configuration.description.clone_from(description);
    }
    version
}
