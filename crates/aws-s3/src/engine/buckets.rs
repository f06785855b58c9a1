//! Buckets: made, looked up, listed, removed when empty.

use model::{AccountId, Failure, Internal, Region};
use store::{CommitError, Entry, Expected, Revision, Transaction, decode, encode};

use super::rows::Bucket;
use super::{Engine, keys};
use crate::{faults, limits};

/// A bucket as it stood at a revision.
#[derive(Debug, Clone)]
pub struct OpenBucket {
    pub name: String,
    pub bucket: Bucket,
    revision: Revision,
}

impl OpenBucket {
    /// What everything that is put into the bucket is committed with, so that nothing gets into one being removed.
    pub fn guard(&self) -> Result<Transaction, Internal> {
        let key = keys::bucket(&self.name);
        let guard = Transaction::new().expect(key.clone(), Expected::At(self.revision));
        if !self.bucket.closing {
            return Ok(guard);
        }
        Ok(guard.put(key, encode(&Bucket { closing: false, ..self.bucket.clone() })?))
    }
}

/// A page of an account's buckets, in the order of their names.
pub struct BucketPage {
    pub buckets: Vec<(String, Bucket)>,
    /// The last name of this page, when there is a next one.
    pub next: Option<String>,
}

impl Engine {
    /// Makes a bucket. `false` when the account has it already.
    pub async fn create_bucket(
        &self,
        name: &str,
        owner: &AccountId,
        region: &Region,
    ) -> Result<bool, Failure> {
        let (key, created) = (keys::bucket(name), self.now());
        let bucket = Bucket { owner: owner.clone(), region: region.clone(), created, closing: false };
        for _ in 0..limits::ATTEMPTS {
            if let Some(row) = self.table.get(&key).await? {
                let same = decode::<Bucket>(&row.value)?.owner == *owner;
                return if same { Ok(false) } else { Err(faults::bucket_already_exists(name).into()) };
            }
            let create =
                Transaction::new().expect(key.clone(), Expected::Absent).put(key.clone(), encode(&bucket)?);
            match self.table.commit(create).await {
                Ok(_) => return Ok(true),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Internal(internal)) => return Err(internal.into()),
            }
        }
        Err(faults::operation_aborted().into())
    }

    pub async fn bucket(&self, name: &str) -> Result<OpenBucket, Failure> {
        let row = self.table.get(&keys::bucket(name)).await?;
        let row = row.ok_or_else(|| faults::no_such_bucket(name))?;
        Ok(OpenBucket { name: name.to_owned(), bucket: decode(&row.value)?, revision: row.revision })
    }

    /// An account's buckets whose names begin with `prefix` and sort after `after`, up to `limit` of them.
    pub async fn buckets(
        &self,
        owner: &AccountId,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<BucketPage, Internal> {
        let range = keys::buckets().text_starting_with(prefix);
        let mut after = after.map(keys::bucket);
        let mut buckets: Vec<(String, Bucket)> = Vec::new();
        loop {
            let entries = self.table.range(&range, after.as_ref(), limits::PAGE).await?;
            for entry in &entries {
                let (name, bucket) = named(entry)?;
                if bucket.owner != *owner {
                    continue;
                }
                if buckets.len() == limit {
                    let next = buckets.last().map(|(name, _)| name.clone());
                    return Ok(BucketPage { buckets, next });
                }
                buckets.push((name, bucket));
            }
            match entries.last() {
                Some(last) if entries.len() == limits::PAGE => after = Some(last.key.clone()),
                _ => return Ok(BucketPage { buckets, next: None }),
            }
        }
    }

    /// Removes an empty bucket with all that is configured for it.
    ///
    /// It is marked as closing first. Whoever writes into it before the mark is seen by the look for objects; whoever
    /// comes after takes the mark back, and the removal does not find the revision it expects.
    pub async fn delete_bucket(&self, name: &str) -> Result<(), Failure> {
        let open = self.bucket(name).await?;
        let closing = Bucket { closing: true, ..open.bucket.clone() };
        let key = keys::bucket(name);
        let mark = Transaction::new()
            .expect(key.clone(), Expected::At(open.revision))
            .put(key.clone(), encode(&closing)?);
        let marked = match self.table.commit(mark).await {
            Ok(revision) => revision,
            Err(CommitError::Conflict(_)) => return Err(faults::operation_aborted().into()),
            Err(CommitError::Internal(internal)) => return Err(internal.into()),
        };
        if !self.table.range(&keys::objects(name), None, 1).await?.is_empty() {
            return Err(faults::bucket_not_empty(name).into());
        }
        let mut remove = Transaction::new().expect(key.clone(), Expected::At(marked)).remove(key);
        for entry in self.table.range(&keys::settings(name), None, limits::PAGE).await? {
            remove = remove.remove(entry.key);
        }
        let uploads = self.table.range(&keys::uploads(name), None, usize::MAX).await?;
        for entry in uploads {
            let id = entry.key.last_text().map_err(Internal::because("reading an upload's id"))?;
            remove = remove.remove(entry.key).put(keys::ended_upload(&id), bytes::Bytes::new());
        }
        match self.table.commit(remove).await {
            Ok(_) => Ok(()),
            Err(CommitError::Conflict(_)) => Err(faults::bucket_not_empty(name).into()),
            Err(CommitError::Internal(internal)) => Err(internal.into()),
        }
    }
}

fn named(entry: &Entry) -> Result<(String, Bucket), Internal> {
    let name = entry.key.last_text().map_err(Internal::because("reading a bucket's name"))?;
    Ok((name, decode(&entry.row.value)?))
}
