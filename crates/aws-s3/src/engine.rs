//! What the object store does, over a table and blobs. Knows nothing of HTTP or XML.

mod buckets;
mod checksum;
mod conditions;
mod content;
mod copies;
mod keys;
mod listing;
mod multipart;
mod notifications;
mod objects;
mod parts;
mod policies;
mod ranges;
mod receive;
mod rows;
mod settings;
mod sweep;
mod tags;
mod wipe;

use std::sync::Arc;
use std::time::Duration;

use store::{Blobs, Table};
use tasks::Clock;

pub use buckets::{BucketPage, OpenBucket};
pub use checksum::{Algorithm, Checksum, ChecksumKind, checksum_of};
pub use conditions::{ReadConditions, Verdict, WriteCondition};
pub use content::{ContentReader, Incoming};
pub use listing::{ListAsk, Listed, Page};
pub use multipart::{NewUpload, UploadPage};
pub use notifications::{
    FilterName, FilterRule, NotificationRules, Rule, TARGET_KINDS, TargetKind, is_event, overlapping,
};
pub use objects::{At, Found};
pub use parts::{CompletedPart, PartPage};
pub use policies::{AccessBlock, check_policy, is_public, restricted};
pub use ranges::{AskedRange, Span};
pub use receive::Announced;
pub use rows::{Content, ContentHeaders, Object, Part, Piece, Tag, Upload};
pub use settings::Setting;
pub use tags::{TagScope, check as check_tags};

/// The object store. The blobs must be its own: it removes those that no row of its own names.
pub struct Engine {
    table: Arc<dyn Table>,
    blobs: Arc<dyn Blobs>,
    clock: Clock,
    grace: Duration,
}

impl Engine {
    pub fn new(table: Arc<dyn Table>, blobs: Arc<dyn Blobs>, clock: Clock) -> Self {
        Self { table, blobs, clock, grace: crate::limits::GRACE }
    }

    /// Now, in whole seconds: S3 keeps no finer time of an object.
    pub fn now(&self) -> model::Time {
        let millis = self.clock.now().as_millis();
        model::Time::from_millis(millis - millis.rem_euclid(1000))
    }
}
