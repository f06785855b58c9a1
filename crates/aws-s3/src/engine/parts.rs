//! The parts of an upload: put, listed, and made one object.

use model::{Failure, Internal};
use store::{CommitError, Entry, Expected, Revision, Transaction, decode, encode};

use super::checksum::{self, Algorithm, Checksum, ChecksumKind};
use super::conditions::WriteCondition;
use super::objects::{At, lost, release_piece};
use super::receive::{Written, new_id};
use super::rows::{Content, Object, Part, Piece, Pieces, Upload};
use super::{Engine, keys};
use crate::{faults, limits};

/// A part that a client names when it completes an upload.
#[derive(Debug, Clone, Default)]
pub struct CompletedPart {
    pub number: u32,
    /// Without quotes.
    pub etag: String,
    pub checksums: Vec<(Algorithm, String)>,
}

/// A page of an upload's parts, each with its number.
pub struct PartPage {
    pub parts: Vec<(u32, Part)>,
    pub truncated: bool,
}

/// What completing an upload makes: an object, and what is committed with it.
pub struct Completed {
    pub object: Object,
    pub change: Transaction,
}

impl Engine {
    /// Puts a part in the place of an earlier one of its number.
    pub async fn put_part(&self, at: &At, id: &str, number: u32, written: &Written) -> Result<Part, Failure> {
        let (piece, keep) = written.keep(number);
        let part = Part { etag: written.etag.clone(), modified: self.now(), piece };
        let (key, upload) = (keys::part(id, number), keys::upload(&at.bucket, &at.key, id));
        for _ in 0..limits::ATTEMPTS {
            let earlier = self.table.get(&key).await?;
            let mut change =
                keep.clone().expect(upload.clone(), Expected::Present).put(key.clone(), encode(&part)?);
            change = match earlier {
                None => change.expect(key.clone(), Expected::Absent),
                Some(row) => {
                    let due = self.clock.now() + self.grace;
                    let released = release_piece(&decode::<Part>(&row.value)?.piece, due);
                    change.expect(key.clone(), Expected::At(row.revision)).and(released)
                }
            };
            match self.table.commit(change).await {
                Ok(_) => return Ok(part),
                Err(CommitError::Conflict(key)) if lost(&key) => return Err(faults::slow_down().into()),
                Err(CommitError::Conflict(key)) if key == upload => {
                    return Err(faults::no_such_upload(id).into());
                }
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Internal(internal)) => return Err(internal.into()),
            }
        }
        Err(faults::operation_aborted().into())
    }

    /// Parts with numbers above `after`, up to `limit` of them.
    pub async fn parts(&self, id: &str, after: u32, limit: usize) -> Result<PartPage, Internal> {
        let after = keys::part(id, after);
        let mut entries = self.table.range(&keys::parts(id), Some(&after), limit + 1).await?;
        let truncated = entries.len() > limit;
        entries.truncate(limit);
        let parts = entries.iter().map(|entry| numbered(entry).map(|(number, part, _)| (number, part)));
        Ok(PartPage { parts: parts.collect::<Result<_, _>>()?, truncated })
    }

    /// The object that these parts make, and the change that makes it so; the caller puts the object with it.
    pub async fn complete(&self, at: &At, id: &str, asked: &[CompletedPart]) -> Result<Completed, Failure> {
        let (upload, revision) = self.upload(at, id).await?;
        if !asked.windows(2).all(|pair| pair[0].number < pair[1].number) {
            return Err(faults::invalid_part_order(id).into());
        }
        let there = self.table.range(&keys::parts(id), None, usize::MAX).await?;
        let there = there.iter().map(numbered).collect::<Result<Vec<_>, _>>()?;
        let mut change = Transaction::new()
            .expect(keys::upload(&at.bucket, &at.key, id), Expected::At(revision))
            .remove(keys::upload(&at.bucket, &at.key, id))
            .put(keys::ended_upload(id), bytes::Bytes::new());
        let mut chosen = Vec::with_capacity(asked.len());
        for part in asked {
            let found = there.binary_search_by_key(&part.number, |(number, _, _)| *number);
            let (number, stored, revision) = match found {
                Ok(place) if there[place].1.etag == part.etag => &there[place],
                _ => return Err(faults::invalid_part(id, part.number, &part.etag).into()),
            };
            check_part(&upload, id, part, stored)?;
            let key = keys::part(id, *number);
            change = change.expect(key.clone(), Expected::At(*revision)).remove(key);
            chosen.push(stored.clone());
        }
        check_sizes(&chosen)?;
        let (object, listed) = self.assemble(id, upload, chosen)?;
        Ok(Completed { object, change: change.and(listed) })
    }

    /// Puts the object of a completed upload, with all of `also`, and clears what is left of the upload.
    pub async fn put_completed(
        &self,
        at: &At,
        id: &str,
        completed: &Completed,
        condition: &WriteCondition,
        also: Transaction,
    ) -> Result<(), Failure> {
        self.put(at, &completed.object, condition, &completed.change.clone().and(also)).await?;
        Ok(self.clear_upload(id).await?)
    }

    fn assemble(&self, id: &str, upload: Upload, parts: Vec<Part>) -> Result<(Object, Transaction), Failure> {
        let etags: Vec<u8> =
            parts.iter().flat_map(|part| hex::decode(&part.etag).unwrap_or_default()).collect();
        let etag = format!("{}-{}", hex::encode(<md5::Md5 as sha2::Digest>::digest(&etags)), parts.len());
        let checksum = joined(&upload, &parts);
        let pieces: Vec<Piece> = parts.into_iter().map(|part| part.piece).collect();
        let row = new_id();
        let object = Object {
            etag,
            size: pieces.iter().map(|piece| piece.length).sum(),
            modified: self.now(),
            checksum,
            headers: upload.headers,
            tags: upload.tags,
            upload: Some(id.to_owned()),
            parts: pieces.len() as u32,
            content: Content::Many { row: row.clone() },
        };
        let listed = Transaction::new().put(keys::content(&row), encode(&Pieces(pieces))?);
        Ok((object, listed))
    }
}

fn numbered(entry: &Entry) -> Result<(u32, Part, Revision), Internal> {
    let parts = entry.key.parts().map_err(Internal::because("reading a part's key"))?;
    let Some(store::KeyPart::Number(number)) = parts.last() else {
        return Err(Internal::new("reading a part's key"));
    };
    Ok((*number as u32, decode(&entry.row.value)?, entry.row.revision))
}

fn check_part(upload: &Upload, id: &str, asked: &CompletedPart, stored: &Part) -> Result<(), Failure> {
    for (algorithm, value) in &asked.checksums {
        let kept = stored.piece.checksum.as_ref().filter(|checksum| checksum.algorithm == *algorithm);
        if kept.is_some_and(|checksum| checksum.value != *value) {
            return Err(faults::invalid_part(id, asked.number, &asked.etag).into());
        }
    }
    let named = asked.checksums.iter().any(|(algorithm, _)| *algorithm == upload.algorithm);
    if upload.kind == ChecksumKind::Composite && !named {
        return Err(faults::missing_part_checksum(upload.algorithm.name(), asked.number).into());
    }
    Ok(())
}

fn check_sizes(parts: &[Part]) -> Result<(), Failure> {
    let all_but_last = parts.split_last().map_or(&[][..], |(_, rest)| rest);
    for part in all_but_last {
        if part.piece.length < limits::PART_BYTES_LEAST {
            let fault = faults::entity_too_small(part.piece.part, part.piece.length, &part.etag);
            return Err(fault.into());
        }
    }
    let size: u64 = parts.iter().map(|part| part.piece.length).sum();
    if size > limits::OBJECT_BYTES { Err(faults::entity_too_large(size).into()) } else { Ok(()) }
}

fn joined(upload: &Upload, parts: &[Part]) -> Option<Checksum> {
    let values: Option<Vec<(&str, u64)>> = parts
        .iter()
        .map(|part| {
            let checksum = part.piece.checksum.as_ref()?;
            (checksum.algorithm == upload.algorithm).then_some((checksum.value.as_str(), part.piece.length))
        })
        .collect();
    checksum::joined(upload.algorithm, upload.kind, &values?)
}
