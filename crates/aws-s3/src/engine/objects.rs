//! Objects: put, looked up, changed, removed. Each change is one commit, together with what follows from it.

use model::{Failure, Internal, Time};
use store::{CommitError, Expected, Key, Revision, Transaction, decode, encode};

use super::conditions::WriteCondition;
use super::receive::Written;
use super::rows::{Content, ContentHeaders, Object, Piece, Place, Tag};
use super::{Engine, keys};
use crate::{faults, limits};

/// A key in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    pub bucket: String,
    pub key: String,
}

impl At {
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into() }
    }

    pub(super) fn row(&self) -> Key {
        keys::object(&self.bucket, &self.key)
    }
}

/// An object as it stood at a revision.
#[derive(Debug, Clone)]
pub struct Found {
    pub object: Object,
    pub(super) revision: Revision,
}

/// What a row has to be for a commit that was thought out with it before us.
pub(super) fn as_found(key: Key, found: Option<&Found>) -> Transaction {
    let expected = found.map_or(Expected::Absent, |found| Expected::At(found.revision));
    Transaction::new().expect(key, expected)
}

impl Engine {
    /// The object of a key; `None` when there is none.
    pub async fn find(&self, at: &At) -> Result<Option<Found>, Internal> {
        let Some(row) = self.table.get(&at.row()).await? else { return Ok(None) };
        Ok(Some(Found { object: decode(&row.value)?, revision: row.revision }))
    }

    /// The object that content taken in makes.
    pub fn object(
        &self,
        written: &Written,
        headers: ContentHeaders,
        tags: Vec<Tag>,
    ) -> (Object, Transaction) {
        let (piece, keep) = written.keep(0);
        let object = Object {
            etag: written.etag.clone(),
            size: written.size,
            modified: self.now(),
            checksum: Some(written.checksum.clone()),
            headers,
            tags,
            upload: None,
            parts: 0,
            content: Content::One(piece),
        };
        (object, keep)
    }

    /// Puts an object in the place of what is there, if the condition holds, with all of `also`.
    pub async fn put(
        &self,
        at: &At,
        object: &Object,
        condition: &WriteCondition,
        also: &Transaction,
    ) -> Result<(), Failure> {
        let row = encode(object)?;
        for _ in 0..limits::ATTEMPTS {
            let guard = self.bucket(&at.bucket).await?.guard()?;
            let found = self.find(at).await?;
            condition.check(&at.key, found.as_ref().map(|found| &found.object))?;
            let mut change = guard.and(as_found(at.row(), found.as_ref())).and(also.clone());
            if let Some(found) = &found {
                change = change.and(self.release(&found.object.content).await?);
            }
            match self.table.commit(change.put(at.row(), row.clone())).await {
                Ok(_) => return Ok(()),
                Err(CommitError::Conflict(key)) if lost(&key) => return Err(faults::slow_down().into()),
                Err(CommitError::Conflict(key)) if key == at.row() || key == keys::bucket(&at.bucket) => {}
                // Something that `also` relies on, such as the source of a copy, has changed.
                Err(CommitError::Conflict(_)) => return Err(faults::operation_aborted().into()),
                Err(CommitError::Internal(internal)) => return Err(internal.into()),
            }
        }
        Err(faults::conditional_request_conflict(&at.key).into())
    }

    /// Removes an object if the condition holds, with all of `also`. `false` when there was none.
    pub async fn delete(
        &self,
        at: &At,
        condition: &WriteCondition,
        also: &Transaction,
    ) -> Result<bool, Failure> {
        for _ in 0..limits::ATTEMPTS {
            let found = self.find(at).await?;
            condition.check(&at.key, found.as_ref().map(|found| &found.object))?;
            let Some(found) = found else { return Ok(false) };
            let change = as_found(at.row(), Some(&found))
                .and(also.clone())
                .and(self.release(&found.object.content).await?)
                .remove(at.row());
            match self.table.commit(change).await {
                Ok(_) => return Ok(true),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Internal(internal)) => return Err(internal.into()),
            }
        }
        Err(faults::conditional_request_conflict(&at.key).into())
    }

    /// Replaces an object's tags, with all of `also`.
    pub async fn tag(&self, at: &At, tags: &[Tag], also: &Transaction) -> Result<(), Failure> {
        for _ in 0..limits::ATTEMPTS {
            let found = self.find(at).await?.ok_or_else(|| faults::no_such_key(&at.key))?;
            let object = Object { tags: tags.to_vec(), ..found.object.clone() };
            let change = as_found(at.row(), Some(&found)).and(also.clone()).put(at.row(), encode(&object)?);
            match self.table.commit(change).await {
                Ok(_) => return Ok(()),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Internal(internal)) => return Err(internal.into()),
            }
        }
        Err(faults::conditional_request_conflict(&at.key).into())
    }

    /// What gives content up that nobody is to have any more. Blobs go later, with the sweep.
    pub(super) async fn release(&self, content: &Content) -> Result<Transaction, Internal> {
        let due = self.clock.now() + self.grace;
        match content {
            Content::One(piece) => Ok(release_piece(piece, due)),
            Content::Many { row } => {
                // Without its list the object is being replaced by somebody else: the commit will not find it as it was.
                let Some(list) = self.table.get(&keys::content(row)).await? else {
                    return Ok(Transaction::new());
                };
                let pieces = decode::<super::rows::Pieces>(&list.value)?.0;
                let all =
                    pieces.iter().fold(Transaction::new(), |all, piece| all.and(release_piece(piece, due)));
                Ok(all.remove(keys::content(row)))
            }
        }
    }
}

/// What gives one piece up, its blob to go from `due` on.
pub(super) fn release_piece(piece: &Piece, due: Time) -> Transaction {
    match &piece.place {
        Place::Inline { row } => Transaction::new().remove(keys::content(row)),
        Place::Blob { blob, usage } => Transaction::new()
            .remove(keys::use_of(blob, usage))
            .put(keys::released_use(due, blob, usage), bytes::Bytes::new()),
    }
}

/// Content taken in so long ago that the sweep has taken it away.
pub(super) fn lost(conflict: &Key) -> bool {
    conflict.starts_with(&keys::released())
}
