//! What is on its way to the disk: whoever answers for something that another call is writing waits for the end of that.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Names of things whose commits are under way.
pub struct Underway<K> {
    /// Each says in the end whether it was written.
    names: Mutex<HashMap<K, watch::Sender<Option<bool>>>>,
}

/// The end of a commit, as somebody else awaits it.
pub struct Outcome(Option<watch::Receiver<Option<bool>>>);

impl<K> Default for Underway<K> {
    fn default() -> Self {
        Self { names: Mutex::default() }
    }
}

impl<K: Eq + Hash> Underway<K> {
    pub fn begin(&self, name: K) {
        self.names().insert(name, watch::Sender::new(None));
    }

    /// The commit of these has ended.
    pub fn end<'a>(&self, names: impl IntoIterator<Item = &'a K>, is_written: bool)
    where
        K: 'a,
    {
        let mut underway = self.names();
        for name in names {
            if let Some(ended) = underway.remove(name) {
                ended.send_replace(Some(is_written));
            }
        }
    }

    /// How the commit of this one ends; of one that is not under way, that it has been written.
    pub fn outcome(&self, name: &K) -> Outcome {
        Outcome(self.names().get(name).map(watch::Sender::subscribe))
    }

    fn names(&self) -> MutexGuard<'_, HashMap<K, watch::Sender<Option<bool>>>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outcome {
    /// Waits for it. One that was given up was not written.
    pub async fn written(self) -> bool {
        let Some(mut ended) = self.0 else { return true };
        let is_written = ended.wait_for(Option::is_some).await;
        is_written.is_ok_and(|is_written| *is_written == Some(true))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn the_end_of_a_commit_is_waited_for_by_name() {
        for is_written in [true, false] {
            let underway = Underway::default();
            underway.begin(1);
            let (mine, other) = (underway.outcome(&1), underway.outcome(&2));
            assert_eq!(other.written().now_or_never(), Some(true));
            let waiting = mine.written();
            let mut waiting = Box::pin(waiting);
            assert_eq!((&mut waiting).now_or_never(), None);
            underway.end([&1], is_written);
            assert_eq!(waiting.now_or_never(), Some(is_written));
            assert_eq!(underway.outcome(&1).written().now_or_never(), Some(true));
        }
    }
}
