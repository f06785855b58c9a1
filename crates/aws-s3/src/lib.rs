//! The object store, and its face as clients of Amazon S3 see it.

mod access;
mod copying;
mod engine;
mod faults;
pub mod limits;
mod lists;
mod operations;
mod protocol;
mod reading;
mod source;
mod target;

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use delivery::Delivery;
use model::{AccountId, Failure, Internal};
use service::Call;
use store::{Blobs, Table};
use tasks::{Clock, Tasks};

use engine::{At, Engine, Span};
use source::Source;

/// The face. Everything that it keeps is in the table and the blobs.
pub struct S3 {
    engine: Arc<Engine>,
    source: Source,
}

impl S3 {
    /// `blobs` must be its own: it removes those that no object of its own has.
    pub fn new(table: Arc<dyn Table>, blobs: Arc<dyn Blobs>, clock: Clock, delivery: Delivery) -> Self {
        Self { engine: Arc::new(Engine::new(table, blobs, clock)), source: Source::new(delivery) }
    }

    /// Begins the duty that removes what nobody uses any more.
    pub fn start(&self, tasks: &Tasks) {
        self.engine.keep_swept(tasks);
    }

    /// Removes what nobody uses any more and is due now, once.
    pub async fn sweep(&self) -> Result<(), Internal> {
        self.engine.sweep().await
    }

    /// Removes every bucket of an account with all that is in it: for test suites that begin anew.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        self.engine.wipe(account).await
    }

    /// An object's bytes for another part of the platform, in the name of the caller, who has to be allowed to get it.
    /// Fails with S3's faults, and with `EntityTooLarge` when it has more than `most` bytes.
    pub async fn fetch(&self, call: &Call, bucket: &str, key: &str, most: u64) -> Result<Bytes, Failure> {
        let at = At::new(bucket, key);
        call.authority.allow(call, &self.on_object(&at, "s3:GetObject").await?).await?;
        let object = self.existing(call, &at).await?.object;
        if object.size > most {
            return Err(faults::entity_too_large(object.size).into());
        }
        let mut reader = self.engine.read(&object.content, Span { start: 0, end: object.size }).await?;
        let mut bytes = BytesMut::with_capacity(object.size as usize);
        while let Some(piece) = reader.next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    }
}
