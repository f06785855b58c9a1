//! The version of a function that a name leads to.

use std::sync::Arc;

use model::Internal;
use registry::{Alias, Function, Version, VersionId};

use super::Engine;
use crate::names::{Named, Qualified};
use crate::tags;

/// A version of a function, as it was found.
#[derive(Clone)]
pub struct Found {
    pub function: Arc<Function>,
    /// `None` for the unpublished one.
    published: Option<Arc<Version>>,
}

impl Found {
    /// The unpublished version.
    pub fn latest(function: Arc<Function>) -> Self {
        Self { function, published: None }
    }

    pub fn version(&self) -> &Version {
        self.published.as_deref().unwrap_or(&self.function.latest)
    }

    /// Whether instances of the one may run calls of the other, when they are the same version.
    pub fn runs_as(&self, other: &Self) -> bool {
        let (reach, others) = (&self.function.tags, &other.function.tags);
        self.version().revision_id == other.version().revision_id
            && tags::spoken(reach) == tags::spoken(others)
    }
}

impl Engine {
    /// The version that is named; `route` tells which one of an alias's. `None` when there is none.
    pub async fn find(
        &self,
        named: &Named,
        route: impl FnOnce(&Alias) -> VersionId + Send,
    ) -> Result<Option<Found>, Internal> {
        let Some(function) = self.parts.registry.get(&named.key).await? else { return Ok(None) };
        let id = match named.qualified() {
            Qualified::Version(id) => Some(id),
            Qualified::Alias(name) => function.aliases.get(name).map(route),
        };
        match id {
            Some(id) => self.at(function, id).await,
            None => Ok(None),
        }
    }

    /// The version that a call goes to.
    pub async fn pick(&self, named: &Named) -> Result<Option<Found>, Internal> {
        self.find(named, |alias| alias.pick(self.parts.dice.fraction())).await
    }

    /// The same version as it is now; `None` when it has been removed.
    pub async fn again(&self, found: &Found) -> Result<Option<Found>, Internal> {
        let Some(function) = self.parts.registry.get(found.function.key()).await? else { return Ok(None) };
        self.at(function, found.version().id).await
    }

    pub(super) async fn at(&self, function: Arc<Function>, id: VersionId) -> Result<Option<Found>, Internal> {
        let VersionId::Published(number) = id else { return Ok(Some(Found::latest(function))) };
        let published = self.parts.registry.version(function.key(), number).await?;
        Ok(published.map(|version| Found { function, published: Some(version) }))
    }

    /// Every version of a function.
    pub(super) async fn every_version(&self, function: &Function) -> Result<Vec<Version>, Internal> {
        let mut versions = self.parts.registry.versions(function.key(), 0, usize::MAX).await?;
        versions.push(function.latest.clone());
        Ok(versions)
    }
}
