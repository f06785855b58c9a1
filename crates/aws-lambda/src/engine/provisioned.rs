//! Provisioned concurrency: what functions say, as dispatch holds it, and how far that is.

use std::sync::Arc;

use model::{Failure, Internal};
use registry::{Function, FunctionKey, Provisioned, SnapStart, VersionId};
use sandbox::Launch;

use super::launches::launch_key;
use super::{Engine, Found};
use crate::faults;
use crate::names::{Named, Qualified};

/// A configuration, and how far it is.
pub struct Held {
    pub named: Named,
    pub provisioned: Provisioned,
    /// Instances that are initialised.
    pub ready: usize,
    /// Why there are no more, for people.
    pub failed: Option<String>,
}

impl Engine {
    /// Lets dispatch hold what the function says now.
    pub async fn provide(&self, key: &FunctionKey) -> Result<(), Internal> {
        let Some(function) = self.parts.registry.get(key).await? else { return Ok(()) };
        let mut wanted = Vec::new();
        for (qualifier, provisioned) in &function.provisioned {
            if let Some(found) = self.provisioned_version(&function, qualifier).await? {
                let launch = (*self.launch(&found).await?).clone();
                let launch = Arc::new(Launch { provisioned: true, ..launch });
                wanted.push((launch, provisioned.calls as usize));
            }
        }
        self.parts.dispatch.provide(&key.arn(), wanted);
        Ok(())
    }

    /// The same after a change that may concern it, which has been made all the same.
    pub(super) async fn provide_again(&self, function: &Function) {
        if function.provisioned.is_empty() {
            return;
        }
        if let Err(error) = self.provide(function.key()).await {
            tracing::error!(%error, function = %function.key().arn(), "provisioned concurrency is not held");
        }
    }

    /// The same at the begin of a process, which does not wait for it.
    pub(super) fn provide_soon(self: &Arc<Self>, function: &Function) {
        if function.provisioned.is_empty() {
            return;
        }
        let (engine, function) = (self.clone(), function.clone());
        self.parts.tasks.work("provision", async move { engine.provide_again(&function).await });
    }

    async fn provisioned_version(
        &self,
        function: &Arc<Function>,
        qualifier: &str,
    ) -> Result<Option<Found>, Internal> {
        let named = Named { key: function.key().clone(), qualifier: Some(qualifier.to_owned()) };
        let id = match named.qualified() {
            Qualified::Version(id) => Some(id),
            Qualified::Alias(name) => function.aliases.get(name).map(|alias| alias.version),
        };
        match id {
            Some(id) => self.at(function.clone(), id).await,
            None => Ok(None),
        }
    }

    /// What is held of a qualifier; `None` where nothing is.
    pub async fn held(&self, function: &Arc<Function>, qualifier: &str) -> Result<Option<Held>, Internal> {
        let Some(provisioned) = function.provisioned.get(qualifier) else { return Ok(None) };
        let found = self.provisioned_version(function, qualifier).await?;
        let key = found.map(|found| launch_key(found.version(), &found.function.tags));
        let provided = key.and_then(|key| self.parts.dispatch.provided(&key));
        let named = Named { key: function.key().clone(), qualifier: Some(qualifier.to_owned()) };
        Ok(Some(Held {
            named,
            provisioned: provisioned.clone(),
            ready: provided.as_ref().map_or(0, |provided| provided.ready),
            failed: provided.and_then(|provided| provided.failed),
        }))
    }

    /// Fails where AWS holds nothing for this qualifier, or not so much.
    pub async fn check_provisioned(&self, named: &Named, calls: u32) -> Result<(), Failure> {
        let Some(function) = self.parts.registry.get(&named.key).await? else {
            return Err(faults::function_not_found(&named.key.arn()).into());
        };
        let id = match named.qualified() {
            Qualified::Version(id) => id,
            Qualified::Alias(name) => {
                let alias =
                    function.aliases.get(name).ok_or_else(|| faults::alias_not_found(&named.arn()))?;
                if alias.split.is_some() {
                    let message = "Alias with weights can not be used with Provisioned Concurrency";
                    return Err(faults::invalid_parameter(message).into());
                }
                alias.version
            }
        };
        let VersionId::Published(_) = id else {
            let message =
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
            return Err(faults::invalid_parameter(message).into());
        };
        let found = self.at(function.clone(), id).await?;
        let found = found.ok_or_else(|| faults::function_not_found(&named.arn()))?;
        if found.version().configuration.snap_start != SnapStart::Off {
            let message = "Provisioned Concurrency is not supported for functions enabled with SnapStart.";
            return Err(faults::invalid_parameter(message).into());
        }
        self.check_overlap(&function, named, id).await?;
        self.check_share(&function, named, calls).await
    }

    /// AWS: a version is held for itself or for an alias, not for both.
    async fn check_overlap(
        &self,
        function: &Arc<Function>,
        named: &Named,
        id: VersionId,
    ) -> Result<(), Failure> {
        for qualifier in function.provisioned.keys() {
            if named.qualifier.as_ref() == Some(qualifier) {
                continue;
            }
            let other = self.provisioned_version(function, qualifier).await?;
            if other.is_some_and(|other| other.version().id == id) {
                return Err(
                    faults::already_provisioned(matches!(named.qualified(), Qualified::Alias(_))).into()
                );
            }
        }
        Ok(())
    }

    async fn check_share(&self, function: &Arc<Function>, named: &Named, calls: u32) -> Result<(), Failure> {
        let is_other = |qualifier: &&String| named.qualifier.as_ref() != Some(*qualifier);
        let others = function.provisioned.keys().filter(is_other);
        let all = calls + others.map(|qualifier| function.provisioned[qualifier].calls).sum::<u32>();
        if let Some(reserved) = function.reserved_concurrency {
            let message = "Requested Provisioned Concurrency should not be greater than the \
                           reservedConcurrentExecution for function";
            return if all > reserved { Err(faults::invalid_parameter(message).into()) } else { Ok(()) };
        }
        let most = self.parts.dispatch.settings().account_concurrency;
        let free = most.saturating_sub(self.reserved(&named.key.account).await?);
        if all as usize > free {
            let message = format!(
                "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{free}]."
            );
            return Err(faults::invalid_parameter(message).into());
        }
        Ok(())
    }
}
