//! The code of functions: put on the shelf before a function uses it, taken away when the last one has given it up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use model::{Failure, Internal};
use registry::{BadPackage, Code};
use sandbox::LaunchKey;
use store::BlobId;
use tokio::sync::RwLock;

use super::Engine;
use crate::faults;

#[derive(Default)]
pub struct Shelf {
    /// Who puts code there reads, until a function uses it, and who gives it up, from before the function has given it
    /// up; who takes code away writes.
    pub placing: RwLock<()>,
    /// How many wait for the last instance of a function that had this code: the last of them takes it away.
    leaving: Mutex<HashMap<BlobId, usize>>,
}

impl Shelf {
    fn leaving(&self) -> MutexGuard<'_, HashMap<BlobId, usize>> {
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Keeps a zip and unpacks it. The caller holds `placing` until a function uses it or it is given up.
    /// Fails when it is no package, which AWS too tells before there is a function.
    pub(super) async fn shelve(self: &Arc<Self>, zip: Bytes) -> Result<Code, Failure> {
        self.parts.registry.suspect(&Code::of(&zip)).await?;
        let code = self.parts.packages.keep(zip).await?;
        match self.parts.packages.prepare(&code).await {
            Ok(Ok(_)) => Ok(code),
            Ok(Err(bad)) => {
                self.give_up(code, None);
                Err(told(&bad).into())
            }
            Err(internal) => {
                self.give_up(code, None);
                Err(internal.into())
            }
        }
    }

    /// Takes the code away when it is nobody's: after the last instance of the version that had it, as it was launched.
    /// The caller holds `placing`.
    pub(super) fn give_up(self: &Arc<Self>, code: Code, key: Option<LaunchKey>) {
        *self.shelf.leaving().entry(code.blob).or_default() += 1;
        let engine = self.clone();
        // May be cut off: the suspects are known, and looked at again at the next start.
        self.parts.tasks.wait("code-release", async move { engine.take_away(code, key).await });
    }

    async fn take_away(&self, code: Code, key: Option<LaunchKey>) {
        if let Some(key) = key {
            self.parts.dispatch.gone(&key).await;
        }
        // Only now is it known whether somebody else waits: while we waited our turn, a function may have taken this
        // code again and given it up again.
        let _alone = self.shelf.placing.write().await;
        if !self.is_last(&code.blob) {
            return;
        }
        if let Err(internal) = self.release(&code).await {
            tracing::warn!(error = %internal, code = %code.blob, "code that is nobody's could not be removed");
        }
    }

    fn is_last(&self, blob: &BlobId) -> bool {
        let mut leaving = self.shelf.leaving();
        match leaving.get_mut(blob) {
            Some(count) if *count > 1 => {
                *count -= 1;
                false
            }
            _ => {
                leaving.remove(blob);
                true
            }
        }
    }

    async fn release(&self, code: &Code) -> Result<(), Internal> {
        let registry = self.parts.registry.clone();
        let blob = code.blob;
        self.parts.packages.release(code, async move || registry.uses_code(&blob).await).await?;
        self.parts.registry.acquit(code).await
    }
}

fn told(bad: &BadPackage) -> model::Fault {
    faults::invalid_parameter(bad.to_string())
}
