//! The task tree: every task has a parent, a kind and an end.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A branch of the tree. Clones are the same branch; a child stops when its parent does, not the other way round.
#[derive(Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    pub fn new() -> Self {
        Self::default()
    }

    /// A branch below this one, that can be stopped and awaited alone. The parent awaits it too.
    pub fn child(&self) -> Self {
        let child = Self { tracker: TaskTracker::new(), stop: self.stop.child_token() };
        let (tracker, stop) = (child.tracker.clone(), child.stop.clone());
        self.tracker.spawn(async move {
            stop.cancelled().await;
            tracker.close();
            tracker.wait().await;
        });
        child
    }

    /// Runs `work` to its end, whatever happens: it watches `stopping` itself where it can end early.
    pub fn work(&self, kind: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        drop(self.tracker.spawn(async move {
            tracing::trace!(kind, "task begins");
            work.await;
        }));
    }

    /// Runs `wait` until it ends or the branch stops, whichever is first: it must bear being dropped at any await.
    pub fn wait(&self, kind: &'static str, wait: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.work(kind, async move {
            tokio::select! {
                () = wait => {}
                () = stop.cancelled() => {}
            }
        });
    }

    /// Resolves when the branch is asked to stop.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Asks the branch to stop and waits until the last task of it has ended.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
