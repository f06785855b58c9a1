//! From `Pending` to `Active`, and from an update in progress to a successful one; and what a crash left on that way.

use std::sync::Arc;

use model::Internal;
use registry::{Changed, Function, LastUpdate, State};

use super::Engine;

/// What came of making a function ready.
enum Outcome {
    Ready { note: Option<String> },
    Failed { code: &'static str, reason: String },
}

impl Engine {
    /// Goes on with what an earlier process left unfinished.
    pub async fn resume(self: &Arc<Self>) -> Result<(), Internal> {
        for function in self.parts.registry.all().await? {
            if function.state == State::Pending || function.last_update == LastUpdate::InProgress {
                self.make_ready(Arc::new(function));
            }
        }
        for code in self.parts.registry.suspects().await? {
            self.give_up(code, None);
        }
        Ok(())
    }

    /// Sees to it that this revision becomes ready, soon.
    pub(super) fn make_ready(self: &Arc<Self>, function: Arc<Function>) {
        let engine = self.clone();
        self.parts.tasks.work("function-preparation", async move {
            if let Err(internal) = engine.prepare(&function).await {
                let arn = function.key.arn();
                tracing::error!(error = %internal, function = %arn, "a function could not be made ready");
            }
        });
    }

    async fn prepare(&self, function: &Function) -> Result<(), Internal> {
        let outcome = self.outcome(function).await;
        if matches!(outcome, Outcome::Ready { .. }) {
            // A change that comes meanwhile has its own revision made ready.
            match self.launch(function).await {
                Ok(launch) => self.parts.dispatch.prepare(launch).await,
                Err(error) => tracing::warn!(%error, "a function cannot be prepared for starts"),
            }
        }
        while let Some(before) = self.parts.registry.get(&function.key).await? {
            // Another change came, and makes its own revision ready.
            if before.revision_id != function.revision_id {
                break;
            }
            let after = settled(&before, &outcome);
            if let Changed::Done(_) = self.parts.registry.update(&before, after).await? {
                break;
            }
        }
        Ok(())
    }

    async fn outcome(&self, function: &Function) -> Outcome {
        let note = match self.parts.runtimes.get(&function.configuration.runtime) {
            Ok((_, note)) => note,
            Err(reason) => return Outcome::Failed { code: "InvalidRuntime", reason },
        };
        match self.parts.packages.prepare(&function.code).await {
            Ok(Ok(_)) => Outcome::Ready { note },
            Ok(Err(bad)) => Outcome::Failed { code: "InvalidZipFileException", reason: bad.to_string() },
            Err(internal) => {
                tracing::error!(error = %internal, function = %function.key.arn(), "a package could not be prepared");
                let reason = "The function's package could not be prepared.".to_owned();
                Outcome::Failed { code: "InternalError", reason }
            }
        }
    }
}

fn settled(function: &Function, outcome: &Outcome) -> Function {
    let mut after = function.clone();
    let updating = function.last_update == LastUpdate::InProgress;
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
