//! Making, changing and removing functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use model::{AccountId, Failure, Fault, Internal, Region};
use registry::{Changed, Code, Configuration, Function, FunctionKey, LastUpdate, Packaging, State};
use uuid::Uuid;

use super::Engine;
use crate::{faults, limits, tags};

/// A function that is to be.
pub struct Draft {
    pub key: FunctionKey,
    pub configuration: Configuration,
    pub tags: BTreeMap<String, String>,
}

impl Engine {
    /// Makes it, pending. Fails when there is one of this key, and when the zip is no package.
    pub async fn create(self: &Arc<Self>, draft: Draft, zip: Bytes) -> Result<Arc<Function>, Failure> {
        let name = draft.key.name.clone();
        if self.parts.registry.get(&draft.key).await?.is_some() {
            return Err(faults::function_exists(&name).into());
        }
        self.check_storage(&draft.key, zip.len()).await?;
        let _placing = self.shelf.placing.read().await;
        let code = self.shelve(zip).await?;
        match self.parts.registry.create(self.drafted(draft, code)).await {
            Ok(Changed::Done(function)) => {
                self.make_ready(function.clone());
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

    /// Gives it another configuration: what `change` makes of the one it has.
    pub async fn reconfigure(
        self: &Arc<Self>,
        key: &FunctionKey,
        revision: Option<&str>,
        change: impl Fn(&mut Configuration) -> Result<(), Fault> + Send + Sync,
    ) -> Result<Arc<Function>, Failure> {
        let revise = |function: &Function| {
            check_changeable(function, revision)?;
            let mut after = self.revised(function);
            change(&mut after.configuration)?;
            Ok(after)
        };
        let _placing = self.shelf.placing.read().await;
        let (before, after) = self.change(key, revise).await?;
        self.retire(&before).await;
        // The function still has the code: it is waited for those that were started before this change.
        self.give_up(before.code, Some(&before));
        self.make_ready(after.clone());
        Ok(after)
    }

    /// Gives it other code.
    pub async fn recode(
        self: &Arc<Self>,
        key: &FunctionKey,
        revision: Option<&str>,
        zip: Bytes,
    ) -> Result<Arc<Function>, Failure> {
        self.check_storage(key, zip.len()).await?;
        let _placing = self.shelf.placing.read().await;
        let code = self.shelve(zip).await?;
        let revise = |function: &Function| {
            check_changeable(function, revision)?;
            Ok(Function { code, ..self.revised(function) })
        };
        match self.change(key, revise).await {
            Ok((before, after)) => {
                self.retire(&before).await;
                // Also when it is the same code: it is waited for those that were started before this change.
                self.give_up(before.code, Some(&before));
                self.make_ready(after.clone());
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
            if tags::wishes(&after.tags)? != tags::wishes(&function.tags)? {
                after.revision_id = Uuid::new_v4().to_string();
            }
            Ok(after)
        };
        let _placing = self.shelf.placing.read().await;
        let (before, after) = self.change(key, retag).await?;
        if before.revision_id != after.revision_id {
            self.retire(&before).await;
            self.give_up(before.code, Some(&before));
        }
        Ok(())
    }

    /// What `recode` would do, without doing it.
    pub async fn try_recode(
        self: &Arc<Self>,
        function: &Function,
        revision: Option<&str>,
        zip: Bytes,
    ) -> Result<Function, Failure> {
        check_changeable(function, revision)?;
        self.check_storage(&function.key, zip.len()).await?;
        let _placing = self.shelf.placing.read().await;
        let code = self.shelve(zip).await?;
        self.give_up(code, None);
        Ok(Function { code, ..function.clone() })
    }

    /// Removes it. Calls that run end in peace. `false` when there was none.
    pub async fn remove(self: &Arc<Self>, key: &FunctionKey) -> Result<bool, Internal> {
        let _placing = self.shelf.placing.read().await;
        let Some(function) = self.parts.registry.remove(key).await? else { return Ok(false) };
        self.retire(&function).await;
        self.give_up(function.code, Some(&function));
        Ok(true)
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

    /// How many functions there are in an account and region, and the bytes of their code.
    pub async fn usage(&self, account: &AccountId, region: &Region) -> Result<(u64, u64), Internal> {
        let all = self.parts.registry.list(account, region, None, usize::MAX).await?;
        Ok((all.len() as u64, all.iter().map(|function| function.code.size).sum()))
    }

    async fn check_storage(&self, key: &FunctionKey, more: usize) -> Result<(), Failure> {
        let (_, bytes) = self.usage(&key.account, &key.region).await?;
        if bytes + more as u64 > limits::CODE_STORAGE_BYTES {
            return Err(faults::code_storage_exceeded().into());
        }
        Ok(())
    }

    fn drafted(&self, draft: Draft, code: Code) -> Function {
        Function {
            key: draft.key,
            configuration: draft.configuration,
            code,
            packaging: Packaging::Zip,
            revision_id: Uuid::new_v4().to_string(),
            last_modified: self.parts.clock.now(),
            state: State::Pending,
            last_update: LastUpdate::Successful,
            policy: Vec::new(),
            policy_revision_id: Uuid::new_v4().to_string(),
            tags: draft.tags,
        }
    }

    fn revised(&self, function: &Function) -> Function {
        Function {
            revision_id: Uuid::new_v4().to_string(),
            last_modified: self.parts.clock.now(),
            last_update: LastUpdate::InProgress,
            ..function.clone()
        }
    }
}

fn check_changeable(function: &Function, revision: Option<&str>) -> Result<(), Fault> {
    if function.state == State::Pending {
        return Err(faults::in_state("Pending"));
    }
    if function.last_update == LastUpdate::InProgress {
        return Err(faults::update_in_progress(&function.key.arn()));
    }
    if revision.is_some_and(|revision| revision != function.revision_id) {
        return Err(faults::revision_differs("GetFunction/GetAlias"));
    }
    Ok(())
}
