//! From `Pending` to `Active`, and from an update in progress to a successful one; and what a crash left on that way.

use std::sync::Arc;

use model::{Fault, Internal};
use registry::{Changed, Function, LastUpdate, State, Version, VersionId};
use sandbox::FunctionError;
use serde_json::Value;

use super::Engine;
use crate::faults;

/// What came of making a function ready.
enum Outcome {
    Ready { note: Option<String> },
    Failed { code: &'static str, reason: String },
}

impl Engine {
    /// Goes on with what an earlier process left unfinished.
    pub async fn resume(self: &Arc<Self>) -> Result<(), Internal> {
        let functions = self.parts.registry.all().await?;
        for function in &functions {
            self.keep_concurrency(function);
            self.provide_soon(function);
        }
        let latest = functions.into_iter().map(|function| function.latest);
        // All at once: a look for each function is what a start would wait for.
        for version in latest.chain(self.parts.registry.all_versions().await?) {
            if version.state == State::Pending || version.last_update == LastUpdate::InProgress {
                self.make_ready(Arc::new(version));
            }
        }
        for code in self.parts.registry.suspects().await? {
            self.give_up(code, None);
        }
        self.resume_mappings().await
    }

    /// Sees to it that this revision becomes ready, soon.
    pub(super) fn make_ready(self: &Arc<Self>, version: Arc<Version>) {
        let engine = self.clone();
        self.parts.tasks.work("function-preparation", async move {
            if let Err(internal) = engine.prepare(&version).await {
                let arn = version.arn();
                tracing::error!(error = %internal, function = %arn, "a function could not be made ready");
            }
        });
    }

    async fn prepare(&self, version: &Version) -> Result<(), Internal> {
        let mut outcome = self.outcome(version).await;
        if matches!(outcome, Outcome::Ready { .. })
            && let Some(failed) = self.prepare_starts(version).await?
        {
            outcome = failed;
        }
        match version.id {
            VersionId::Latest => self.settle_latest(version, &outcome).await,
            VersionId::Published(number) => self.settle_published(version, number, &outcome).await,
        }
    }

    /// Waits for what makes its first start as fast as later ones. Fails where its init is to run once for all of them, and
    /// fails.
    async fn prepare_starts(&self, version: &Version) -> Result<Option<Outcome>, Internal> {
        let Some(function) = self.parts.registry.get(&version.key).await? else { return Ok(None) };
        let found = self.at(function, version.id).await?;
        // A change that came meanwhile has its own revision made ready.
        let Some(found) = found.filter(|found| found.version().revision_id == version.revision_id) else {
            return Ok(None);
        };
        let launch = match self.launch(&found).await {
            Ok(launch) => launch,
            Err(error) => {
                tracing::warn!(%error, "a function cannot be prepared for starts");
                return Ok(None);
            }
        };
        if !launch.snap_start {
            self.parts.dispatch.prepare(launch).await;
            return Ok(None);
        }
        Ok(match self.parts.dispatch.rehearse(launch).await {
            Ok(failed) => failed.map(|error| Outcome::Failed { code: "FunctionError", reason: told(&error) }),
            Err(internal) => {
                tracing::error!(error = %internal, function = %version.arn(), "a version could not be tried");
                let reason = "No instance of the version could be started.".to_owned();
                Some(Outcome::Failed { code: "InternalError", reason })
            }
        })
    }

    async fn settle_latest(&self, version: &Version, outcome: &Outcome) -> Result<(), Internal> {
        while let Some(before) = self.parts.registry.get(&version.key).await? {
            // Another change came, and makes its own revision ready.
            if before.latest.revision_id != version.revision_id {
                break;
            }
            let after = Function { latest: settled(&before.latest, outcome), ..(*before).clone() };
            if let Changed::Done(_) = self.parts.registry.update(&before, after).await? {
                break;
            }
        }
        Ok(())
    }

    async fn settle_published(
        &self,
        version: &Version,
        number: u64,
        outcome: &Outcome,
    ) -> Result<(), Internal> {
        while let Some(before) = self.parts.registry.version(&version.key, number).await? {
            if before.revision_id != version.revision_id {
                break;
            }
            let after = settled(&before, outcome);
            if let Changed::Done(_) = self.parts.registry.settle(&before, after).await? {
                break;
            }
        }
        Ok(())
    }

    async fn outcome(&self, version: &Version) -> Outcome {
        let note = match self.parts.runtimes.get(&version.configuration.runtime) {
            Ok((_, note)) => note,
            Err(reason) => return Outcome::Failed { code: "InvalidRuntime", reason },
        };
        match self.package(version).await {
            Ok(Ok(_)) => Outcome::Ready { note },
            Ok(Err(bad)) => Outcome::Failed { code: "InvalidZipFileException", reason: bad.to_string() },
            Err(internal) => {
                tracing::error!(error = %internal, function = %version.arn(), "a package could not be prepared");
                let reason = "The function's package could not be prepared.".to_owned();
                Outcome::Failed { code: "InternalError", reason }
            }
        }
    }
}

/// Fails while a version cannot be called.
pub fn check_callable(version: &Version) -> Result<(), Fault> {
    match (&version.state, version.id) {
        (State::Failed { .. }, _) => Err(faults::in_state("Failed")),
        (State::Pending, _) if version.has_snapshot() => Err(faults::in_state("Pending")),
        (State::Pending, VersionId::Latest) => Err(faults::in_state("Pending")),
        // AWS: a version can be called from the moment it was published; its code was ready before.
        (State::Pending, VersionId::Published(_)) | (State::Active { .. }, _) => Ok(()),
    }
}

fn told(error: &FunctionError) -> String {
    let document: Value = serde_json::from_slice(&error.payload).unwrap_or_default();
    let message = document["errorMessage"].as_str().unwrap_or_default();
    format!("The function could not be initialised: {}: {message}", error.name())
}

fn settled(version: &Version, outcome: &Outcome) -> Version {
    let mut after = version.clone();
    let updating = version.last_update == LastUpdate::InProgress;
    match outcome {
        Outcome::Ready { note } => {
            after.state = State::Active { note: note.clone() };
            after.last_update = LastUpdate::Successful;
        }
        Outcome::Failed { code, reason } if updating => {
            after.last_update = LastUpdate::Failed { code: (*code).to_owned(), reason: reason.clone() };
        }
        Outcome::Failed { code, reason } => {
            after.state = State::Failed { code: (*code).to_owned(), reason: reason.clone() };
        }
    }
    after
}
