//! What the face does: keeps topics and subscriptions, and sends what is published to those who want it.

mod addresses;
mod applications;
mod books;
mod envelope;
mod fan_out;
mod http;
mod lately;
mod outbox;
mod phones;
mod publish;
pub mod rows;
mod signer;
mod topic;
mod underway;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use delivery::Delivery;
use model::{Caller, EventId, Internal, Permission, Time};
use store::{Entry, Key, Table};
use tasks::Clock;
use tokio::sync::OnceCell;
use underway::Underway;

pub use applications::{Application, Endpoint, check_user_data};
pub use books::Ready;
pub use envelope::Publication;
pub use http::{Notice, Retries};
pub use outbox::Sent;
pub use phones::{Phone, is_number};
pub use publish::New;
pub use signer::PATH as CERTIFICATES;
pub use topic::{Subscription, Topic, TopicKey};

/// Who decides on policies.
#[async_trait]
pub trait Rights: Send + Sync {
    /// Whether the permission's own resource policy, under the permission's context, lets this caller do it.
    async fn allows(&self, caller: &Caller, permission: &Permission) -> Result<bool, Internal>;
}

/// What the face is made of.
pub struct Parts {
    pub table: Arc<dyn Table>,
    pub delivery: Delivery,
    pub rights: Arc<dyn Rights>,
    pub clock: Clock,
    /// Whether roles too may have messages posted to private addresses.
    pub private_posts: bool,
}

/// The topics of all accounts.
pub struct Engine {
    pub parts: Parts,
    /// Topics with their subscriptions, as they were asked for.
    ready: Mutex<HashMap<TopicKey, Arc<Ready>>>,
    /// What FIFO topics were sent lately.
    lately: Mutex<lately::Lately>,
    lately_known: OnceCell<()>,
    /// Messages whose publishers are not answered yet.
    underway: Underway<EventId>,
    /// Of FIFO topics: what is published gets its place here.
    last: AtomicU64,
    signer: OnceCell<Arc<signer::Signer>>,
    client: http::Client,
    /// For those who may not reach what is private.
    public: http::Client,
}

impl Engine {
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            ready: Mutex::default(),
            lately: Mutex::default(),
            lately_known: OnceCell::new(),
            underway: Underway::default(),
            last: AtomicU64::new(0),
            signer: OnceCell::new(),
            client: http::Client::new(addresses::Reach::Everywhere),
            public: http::Client::new(addresses::Reach::Public),
        }
    }

    fn now(&self) -> Time {
        self.parts.clock.now()
    }

    /// A page of rows below a key, and where the next one begins.
    async fn page(
        &self,
        below: &Key,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<(Vec<Entry>, Option<Key>), Internal> {
        let mut entries = self.parts.table.range(below, after, limit + 1).await?;
        let is_more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().filter(|_| is_more).map(|last| last.key.clone());
        Ok((entries, next))
    }

    /// Later than every other.
    fn next_sequence(&self) -> u64 {
        let now = (self.now().as_millis().max(0) as u64) << 20;
        let next = |last: u64| now.max(last + 1);
        let last = self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(next(last)));
        last.map_or(now, next)
    }

    /// A sequence that an earlier process gave out: whatever the clock says now, the next one is later.
    fn saw(&self, sequence: Option<&str>) {
        if let Some(sequence) = sequence.and_then(|sequence| sequence.parse().ok()) {
            self.last.fetch_max(sequence, Ordering::SeqCst);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
