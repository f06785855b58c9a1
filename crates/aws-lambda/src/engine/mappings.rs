//! Event source mappings at work: which are polled now, and how each comes from one state to the next.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use delivery::{Mapping, Poller};
use model::{Failure, Internal};
use registry::{EventSourceMapping, MappingKey, MappingState};
use store::{Expected, Revision};

use super::Engine;
use crate::{faults, filters, limits, mappings, tags};

/// Those that run.
#[derive(Default)]
pub struct Mappings(Mutex<HashMap<MappingKey, Poller>>);

impl Mappings {
    fn lock(&self) -> MutexGuard<'_, HashMap<MappingKey, Poller>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Goes on with the mappings as an earlier process left them.
    pub(super) async fn resume_mappings(self: &Arc<Self>) -> Result<(), Internal> {
        for mapping in self.parts.registry.all_mappings().await? {
            if mapping.state.is_settled() {
                self.run_mapping(&mapping);
            } else {
                self.settle_mapping(mapping.key);
            }
        }
        Ok(())
    }

    /// Makes a mapping. Fails when the source and the function have one.
    pub async fn create_mapping(self: &Arc<Self>, mapping: EventSourceMapping) -> Result<(), Failure> {
        let MappingKey { account, region, .. } = &mapping.key;
        let all = self.parts.registry.mappings(account, region, None, usize::MAX).await?;
        let same = |other: &&EventSourceMapping| {
            other.source == mapping.source
                && other.function == mapping.function
                && other.qualifier == mapping.qualifier
        };
        if let Some(there) = all.iter().find(same) {
            return Err(faults::mapping_exists(there).into());
        }
        self.parts.registry.put_mapping(&mapping, Expected::Absent).await?;
        self.settle_mapping(mapping.key);
        Ok(())
    }

    /// The mapping as it is. Fails when there is none.
    pub async fn mapping(&self, key: &MappingKey) -> Result<(EventSourceMapping, Revision), Failure> {
        let found = self.parts.registry.mapping(key).await?;
        found.ok_or_else(|| faults::not_found("The resource you requested does not exist.").into())
    }

    /// Makes of a mapping what `change` says, and sees to it. Fails while an earlier change is under way.
    pub async fn change_mapping(
        self: &Arc<Self>,
        key: &MappingKey,
        verb: &str,
        change: impl Fn(&mut EventSourceMapping) -> Result<(), Failure> + Send + Sync,
    ) -> Result<EventSourceMapping, Failure> {
        loop {
            let (mut mapping, revision) = self.mapping(key).await?;
            if !mapping.state.is_settled() {
                return Err(faults::mapping_in_use(verb).into());
            }
            change(&mut mapping)?;
            mapping.last_modified = self.parts.clock.now();
            if self.parts.registry.put_mapping(&mapping, Expected::At(revision)).await? {
                self.settle_mapping(key.clone());
                return Ok(mapping);
            }
        }
    }

    /// Every mapping of an account goes, at once: for test suites that begin anew.
    pub async fn wipe_mappings(&self, account: &model::AccountId) -> Result<(), Internal> {
        for mapping in self.parts.registry.all_mappings().await? {
            if mapping.key.account == *account {
                drop(self.mappings.lock().remove(&mapping.key));
                if let Some((_, revision)) = self.parts.registry.mapping(&mapping.key).await? {
                    self.parts.registry.remove_mapping(&mapping.key, revision).await?;
                }
            }
        }
        Ok(())
    }

    /// Changes a mapping's tags, in whatever state it is.
    pub async fn retag_mapping(
        &self,
        key: &MappingKey,
        change: impl Fn(&mut BTreeMap<String, String>) + Send + Sync,
    ) -> Result<(), Failure> {
        loop {
            let (mut mapping, revision) = self.mapping(key).await?;
            change(&mut mapping.tags);
            tags::check_count(&mapping.tags)?;
            if self.parts.registry.put_mapping(&mapping, Expected::At(revision)).await? {
                return Ok(());
            }
        }
    }

    fn settle_mapping(self: &Arc<Self>, key: MappingKey) {
        let engine = self.clone();
        self.parts.tasks.work("mapping-transition", async move {
            if let Err(internal) = engine.bring_about(&key).await {
                tracing::error!(error = %internal, mapping = %key.arn(), "a mapping could not be changed");
            }
        });
    }

    /// From the state that a mapping is in on the way to another to that one.
    async fn bring_about(&self, key: &MappingKey) -> Result<(), Internal> {
        let Some((mapping, _)) = self.parts.registry.mapping(key).await? else { return Ok(()) };
        let before = self.mappings.lock().remove(key);
        match mapping.state {
            MappingState::Enabled | MappingState::Disabled => return Ok(()),
            MappingState::Deleting | MappingState::Disabling => {
                // What was taken is handled to its end.
                if let Some(before) = before {
                    before.stop().await;
                }
            }
            MappingState::Creating | MappingState::Enabling | MappingState::Updating => {
                if let Some(before) = before {
                    self.parts.tasks.work("mapping-end", async move { before.stop().await });
                }
            }
        }
        // Its tags may change meanwhile, and nothing else.
        while let Some((mut mapping, revision)) = self.parts.registry.mapping(key).await? {
            if mapping.state == MappingState::Deleting {
                if self.parts.registry.remove_mapping(key, revision).await? {
                    break;
                }
                continue;
            }
            mapping.state = if mapping.enabled { MappingState::Enabled } else { MappingState::Disabled };
            if self.parts.registry.put_mapping(&mapping, Expected::At(revision)).await? {
                self.run_mapping(&mapping);
                break;
            }
        }
        Ok(())
    }

    fn run_mapping(&self, mapping: &EventSourceMapping) {
        if mapping.enabled {
            let poller = self.parts.delivery.map(as_delivered(mapping));
            self.mappings.lock().insert(mapping.key.clone(), poller);
        }
    }
}

fn as_delivered(mapping: &EventSourceMapping) -> Mapping {
    let calls = |pollers: u32| pollers as usize * limits::CALLS_OF_A_POLLER;
    let most = mapping.concurrency.map(|most| most as usize);
    let most = most.or(mapping.pollers.map(|pollers| calls(pollers.most)));
    let first = mapping.pollers.map(|pollers| calls(pollers.least));
    Mapping {
        account: mapping.key.account.clone(),
        region: mapping.key.region.clone(),
        source: mapping.source.clone(),
        target: mappings::named(mapping).arn(),
        items: mapping.batch as usize,
        window: mapping.window,
        // They were read when they were set.
        filter: filters::compile(&mapping.filters).ok().flatten(),
        partial: mapping.reports_item_failures,
        first: first.unwrap_or(limits::BATCHES_AT_FIRST),
        most: most.unwrap_or(limits::BATCHES_AT_ONCE),
    }
}
