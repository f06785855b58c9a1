//! What a service implements whose resources hold things until they are taken in batches: queues, streams.

use std::time::Duration;

use async_trait::async_trait;
use model::{Arn, Failure, Internal};
use serde_json::Value;

use crate::Event;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Want {
    /// Up to so many.
    pub items: usize,
    /// So long the first one is waited for.
    pub patience: Duration,
    /// Who takes them, for the timeline: a function's ARN.
    pub by: String,
    /// How long they are not given to others, where the resource does not say.
    pub hidden_for: Option<Duration>,
}

/// One thing that was taken.
#[derive(Debug, Clone)]
pub struct Item {
    /// What a function calls it by in its partial answer: a message's id, a sequence number.
    pub id: String,
    /// What the source knows this taking by.
    pub receipt: String,
    /// As the function sees it, an element of `Records`.
    pub record: Value,
    /// Items of one group are handled one after the other, in order.
    pub group: Option<String>,
    /// How often it was taken, this time counted.
    pub takings: u32,
    /// Its timeline; `None` when that is not kept any more.
    pub event: Option<Event>,
}

/// What became of an item that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Done,
    /// It is to be taken again; after so long, or when the source thinks fit.
    Back {
        after: Option<Duration>,
    },
}

impl Fate {
    /// Back, when the source thinks fit.
    pub const BACK: Self = Self::Back { after: None };
}

/// What a source is like, as far as those who map it must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceShape {
    /// How long items that were taken are not given to others: a target must be faster than that.
    pub hidden_for: Duration,
    /// Items of a group come one after the other.
    pub is_ordered: bool,
    /// Its own policy: what others than its owner need to take from it.
    pub policy: Option<String>,
}

/// A kind of resource that batches are taken from.
#[async_trait]
pub trait Source: Send + Sync {
    /// The service part of the ARNs that are this source's.
    fn service(&self) -> &'static str;

    /// What the resource is like; `None` when there is none of this ARN.
    ///
    /// # Errors
    /// When the store fails.
    async fn shape(&self, source: &Arn) -> Result<Option<SourceShape>, Internal>;

    /// Waits for items as long as `want` says, and gives none when there were none. May be dropped at any await: what was
    /// taken then comes back as if nothing had been said of it.
    ///
    /// # Errors
    /// A fault when the resource is gone; internal when the store fails.
    async fn take(&self, source: &Arn, want: &Want) -> Result<Vec<Item>, Failure>;

    /// Says what became of items. One that was taken again meanwhile, or is gone, is left as it is.
    ///
    /// # Errors
    /// As `take`.
    async fn settle(&self, source: &Arn, fates: &[(Item, Fate)]) -> Result<(), Failure>;
}
