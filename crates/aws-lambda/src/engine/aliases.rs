//! Making, changing and removing aliases.

use model::{Failure, Fault};
use registry::{Alias, Changed, Function, VersionId};

use super::Engine;
use crate::faults;
use crate::names::{LATEST, Named};

impl Engine {
    /// Makes of the alias that is named what `revise` says of the one that there is: `None` is that there is none. Gives
    /// what it is then. Fails when it would lead to a version that is not there.
    pub async fn change_alias(
        &self,
        named: &Named,
        revise: impl Fn(Option<&Alias>) -> Result<Option<Alias>, Fault> + Send + Sync,
    ) -> Result<Option<Alias>, Failure> {
        let name = named.qualifier.as_deref().unwrap_or_default();
        loop {
            let Some(before) = self.parts.registry.get(&named.key).await? else {
                return Err(faults::function_not_found(&named.key.arn()).into());
            };
            let alias = revise(before.aliases.get(name))?;
            if let Some(alias) = &alias {
                self.check_alias(named, alias).await?;
            }
            // A version that goes meanwhile changes the function too, and is looked at again.
            let after = with_alias(&before, name, alias.clone());
            if let Changed::Done(_) = self.parts.registry.update(&before, after).await? {
                self.provide_again(&before).await;
                return Ok(alias);
            }
        }
    }

    async fn check_alias(&self, named: &Named, alias: &Alias) -> Result<(), Failure> {
        if let Some(split) = alias.split {
            let version = split.version;
            if alias.version == VersionId::Latest {
                let message =
                    format!("{LATEST} is not supported for an alias pointing to more than 1 version");
                return Err(faults::invalid_parameter(message).into());
            }
            if alias.version == VersionId::Published(version) {
                return Err(faults::invalid_parameter(format!(
                    "Invalid function version {version}. Function version {version} is already included in routing \
                     configuration."
                ))
                .into());
            }
        }
        let second = alias.split.map(|split| VersionId::Published(split.version));
        for id in [Some(alias.version), second].into_iter().flatten() {
            let VersionId::Published(number) = id else { continue };
            if self.parts.registry.version(&named.key, number).await?.is_none() {
                let missing = Named { key: named.key.clone(), qualifier: Some(id.to_string()) };
                return Err(faults::function_not_found(&missing.arn()).into());
            }
        }
        Ok(())
    }
}

fn with_alias(function: &Function, name: &str, alias: Option<Alias>) -> Function {
    let mut after = function.clone();
    match alias {
        Some(alias) => drop(after.aliases.insert(name.to_owned(), alias)),
        None => {
            after.aliases.remove(name);
            after.policies.qualified.remove(name);
            after.event_invoke_configs.remove(name);
            after.urls.remove(name);
            after.provisioned.remove(name);
        }
    }
    after
}
