//! Policies that were read, by their text, so that a warm decision reads none.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use super::{Kind, Policy};

/// The policies of one kind that were asked for last.
pub struct Policies {
    kind: Kind,
    read: Mutex<LruCache<Arc<str>, Arc<Policy>>>,
}

impl Policies {
    pub fn new(kind: Kind, most: NonZeroUsize) -> Self {
        Self { kind, read: Mutex::new(LruCache::new(most)) }
    }

    /// One that cannot be read denies everything.
    pub fn of(&self, text: &str) -> Arc<Policy> {
        let cached = self.read.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
        if let Some(policy) = cached {
            return policy;
        }
        let policy = Arc::new(Policy::read_kept(text, self.kind));
        self.read.lock().unwrap_or_else(PoisonError::into_inner).put(text.into(), policy.clone());
        policy
    }
}
