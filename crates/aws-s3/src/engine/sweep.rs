//! Blobs that nobody uses any more are removed; so is what ended uploads left.
//!
//! Blobs are named by their content, so two objects may use one. Every use is a row, committed with what it is for, and
//! every use that ends leaves a row in the queue of released ones. A writer puts both rows before its blob is there, and
//! removes the queue's row when it commits: if it never does, the blob is found here.
//!
//! To remove a blob, its row in the queue turns into a doom (a row that every beginning use expects to be absent), then
//! the blob is looked at: a use that began before is seen and the blob stays; one that begins after waits, its writer not
//! finished, until the doom is gone. A writer that comes too late misses its row in the queue and fails.
//! A crash between any two steps leaves the doom, with which the next sweep begins.

use model::{Internal, Time};
use store::{BlobId, CommitError, Entry, Expected, Key, KeyPart, Transaction, decode};
use tasks::Tasks;

use super::objects::release_piece;
use super::rows::Part;
use super::{Engine, keys};
use crate::limits;

impl Engine {
    /// The duty that sweeps, until the branch of tasks stops.
    pub fn keep_swept(self: &std::sync::Arc<Self>, tasks: &Tasks) {
        let engine = self.clone();
        tasks.wait("s3-sweep", async move {
            loop {
                if let Err(internal) = engine.sweep().await {
                    tracing::error!(error = %internal, "sweeping released blobs failed");
                }
                let next = engine.clock.now() + limits::SWEEP_EVERY;
                engine.clock.sleep_until(next).await;
                engine.released_something().await;
            }
        });
    }

    /// Waits while there is nothing to sweep, now or later: a platform with nothing to do does not wake.
    async fn released_something(&self) {
        let (released, ended) = (self.table.watch(keys::released()), self.table.watch(keys::ended_uploads()));
        let nothing =
            async |key: Key| matches!(self.table.range(&key, None, 1).await, Ok(rows) if rows.is_empty());
        if nothing(keys::released()).await && nothing(keys::ended_uploads()).await {
            tokio::select! {
                () = released.changed() => {}
                () = ended.changed() => {}
            }
        }
    }

    /// Removes what is due now.
    pub async fn sweep(&self) -> Result<(), Internal> {
        for entry in self.table.range(&keys::ended_uploads(), None, limits::SWEEP_ROWS).await? {
            let id = entry.key.last_text().map_err(Internal::because("reading an ended upload"))?;
            self.clear_upload(&id).await?;
        }
        for entry in self.table.range(&keys::dooms(), None, limits::SWEEP_ROWS).await? {
            let blob = entry.key.last_text().map_err(Internal::because("reading a doomed blob"))?;
            self.carry_out(&blob.parse().map_err(Internal::because("reading a doomed blob"))?).await?;
        }
        loop {
            let entries = self.table.range(&keys::released(), None, limits::SWEEP_ROWS).await?;
            let more = entries.len() == limits::SWEEP_ROWS;
            for entry in entries {
                let release = Release::read(&entry)?;
                if release.due > self.clock.now() {
                    return Ok(());
                }
                self.end(release).await?;
            }
            if !more {
                return Ok(());
            }
        }
    }

    async fn end(&self, release: Release) -> Result<(), Internal> {
        let Release { key, blob, usage, .. } = release;
        let doom = Transaction::new()
            .expect(key.clone(), Expected::Present)
            .remove(key)
            .remove(keys::use_of(&blob, &usage))
            .put(keys::doomed(&blob), bytes::Bytes::new());
        match self.table.commit(doom).await {
            Ok(_) => self.carry_out(&blob).await,
            // Its writer committed at this very moment: it is used.
            Err(CommitError::Conflict(_)) => Ok(()),
            Err(CommitError::Internal(internal)) => Err(internal),
        }
    }

    /// Removes a doomed blob unless somebody uses it.
    async fn carry_out(&self, blob: &BlobId) -> Result<(), Internal> {
        if self.table.range(&keys::uses(blob), None, 1).await?.is_empty() {
            self.blobs.remove(blob).await?;
        }
        let done = Transaction::new().remove(keys::doomed(blob));
        self.table.commit(done).await.map_err(CommitError::unexpected)?;
        Ok(())
    }

    /// Gives up the parts that an ended upload left.
    pub(super) async fn clear_upload(&self, id: &str) -> Result<(), Internal> {
        let due = self.clock.now() + self.grace;
        loop {
            let entries = self.table.range(&keys::parts(id), None, limits::SWEEP_ROWS).await?;
            let last = entries.len() < limits::SWEEP_ROWS;
            let mut clear = Transaction::new();
            for entry in entries {
                let part: Part = decode(&entry.row.value)?;
                clear = clear.and(release_piece(&part.piece, due)).remove(entry.key);
            }
            if last {
                clear = clear.remove(keys::ended_upload(id));
            }
            self.table.commit(clear).await.map_err(CommitError::unexpected)?;
            if last {
                return Ok(());
            }
        }
    }
}

/// A row of the queue.
struct Release {
    key: Key,
    due: Time,
    blob: BlobId,
    usage: String,
}

impl Release {
    fn read(entry: &Entry) -> Result<Self, Internal> {
        let reading = "reading a released use";
        let parts = entry.key.parts().map_err(Internal::because(reading))?;
        let [_, _, KeyPart::Number(due), KeyPart::Text(blob), KeyPart::Text(usage)] = parts.as_slice() else {
            return Err(Internal::new(reading));
        };
        Ok(Self {
            key: entry.key.clone(),
            due: Time::from_millis(*due as i64),
            blob: blob.parse().map_err(Internal::because(reading))?,
            usage: usage.clone(),
        })
    }
}
