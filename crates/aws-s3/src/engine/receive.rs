//! Taking content in: hashing and checking it on its way to where it is kept, in constant memory.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use md5::Md5;
use model::{Failure, Time};
use sha2::Digest;
use store::{BlobId, BlobWriter, CommitError, Expected, Transaction};

use super::checksum::{Algorithm, Checksum, ChecksumKind, Hasher};
use super::content::Incoming;
use super::rows::{Piece, Place};
use super::{Engine, keys};
use crate::{faults, limits};

/// What the sender said about the content before or after it.
#[derive(Debug, Clone, Default)]
pub struct Announced {
    pub length: Option<u64>,
    /// `Content-MD5` as it came; known to be sixteen bytes of base64.
    pub content_md5: Option<String>,
    /// Values that came in headers.
    pub checksums: Vec<(Algorithm, String)>,
    /// What a value comes of after the content.
    pub trailing: Option<Algorithm>,
    /// Computed whether or not a value came; where there is none, the default of S3.
    pub algorithm: Option<Algorithm>,
}

/// Content that was taken in and is not anybody's yet. Unless it is committed, it goes with the sweep.
pub struct Written {
    /// The MD5 of the bytes, in hexadecimal.
    pub etag: String,
    pub size: u64,
    pub checksum: Checksum,
    kept: Kept,
}

enum Kept {
    Inline { row: String, bytes: Bytes },
    Blob { blob: BlobId, usage: String, due: Time },
}

impl Written {
    /// The piece it is, and what makes it somebody's.
    pub fn keep(&self, part: u32) -> (Piece, Transaction) {
        let (place, transaction) = match &self.kept {
            Kept::Inline { row, bytes } => {
                let place = Place::Inline { row: row.clone() };
                (place, Transaction::new().put(keys::content(row), bytes.clone()))
            }
            Kept::Blob { blob, usage, due } => {
                let place = Place::Blob { blob: *blob, usage: usage.clone() };
                let pending = keys::released_use(*due, blob, usage);
                (place, Transaction::new().expect(pending.clone(), Expected::Present).remove(pending))
            }
        };
        (Piece { place, length: self.size, part, checksum: Some(self.checksum.clone()) }, transaction)
    }
}

/// How long to wait for a blob of the same content to be gone, and between looks.
const DOOMED_LOOKS: usize = 200;
const DOOMED_WAIT: Duration = Duration::from_millis(25);

impl Engine {
    /// Takes all of `incoming` and checks it against what was announced. On failure nothing is left behind.
    pub async fn receive(
        &self,
        incoming: &mut dyn Incoming,
        announced: &Announced,
    ) -> Result<Written, Failure> {
        let mut taking = Taking::new(announced);
        while let Some(bytes) = incoming.next().await? {
            taking.take(self, bytes).await?;
        }
        let Taking { md5, hashers, size, gathered, writer } = taking;
        if announced.length.is_some_and(|length| length != size) {
            return Err(faults::incomplete_body().into());
        }
        let digest: [u8; 16] = md5.finalize().into();
        check_md5(announced, &digest)?;
        let checksum = check_checksums(announced, &incoming.trailing(), hashers)?;
        let kept = match writer {
            None => Kept::Inline { row: new_id(), bytes: gathered.freeze() },
            Some(writer) => self.finish(writer).await?,
        };
        Ok(Written { etag: hex::encode(digest), size, checksum, kept })
    }

    /// Makes a blob durable, its use written down before. See `sweep` for why this is safe beside one.
    async fn finish(&self, mut writer: Box<dyn BlobWriter>) -> Result<Kept, Failure> {
        let (blob, usage) = (writer.address().await?, new_id());
        let due = self.clock.now() + self.grace;
        for _ in 0..DOOMED_LOOKS {
            let begin = Transaction::new()
                .expect(keys::doomed(&blob), Expected::Absent)
                .put(keys::use_of(&blob, &usage), Bytes::new())
                .put(keys::released_use(due, &blob, &usage), Bytes::new());
            match self.table.commit(begin).await {
                Ok(_) => {
                    writer.finish().await?;
                    return Ok(Kept::Blob { blob, usage, due });
                }
                Err(CommitError::Conflict(_)) => tokio::time::sleep(DOOMED_WAIT).await,
                Err(CommitError::Internal(internal)) => return Err(internal.into()),
            }
        }
        Err(faults::slow_down().into())
    }
}

pub fn new_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

struct Taking {
    md5: Md5,
    hashers: Vec<(Algorithm, Hasher)>,
    size: u64,
    gathered: BytesMut,
    /// From when the content has outgrown the table.
    writer: Option<Box<dyn BlobWriter>>,
}

impl Taking {
    fn new(announced: &Announced) -> Self {
        let of_headers = announced.checksums.iter().map(|(algorithm, _)| *algorithm);
        let mut algorithms: Vec<Algorithm> = Vec::new();
        for algorithm in of_headers.chain(announced.trailing).chain(announced.algorithm) {
            if !algorithms.contains(&algorithm) {
                algorithms.push(algorithm);
            }
        }
        if algorithms.is_empty() {
            algorithms.push(Algorithm::Crc64nvme);
        }
        Self {
            md5: Md5::new(),
            hashers: algorithms.into_iter().map(|algorithm| (algorithm, Hasher::new(algorithm))).collect(),
            size: 0,
            gathered: BytesMut::new(),
            writer: None,
        }
    }

    async fn take(&mut self, engine: &Engine, bytes: Bytes) -> Result<(), Failure> {
        self.size += bytes.len() as u64;
        if self.size > limits::PUT_BYTES {
            return Err(faults::entity_too_large(self.size).into());
        }
        self.md5.update(&bytes);
        self.hashers.iter_mut().for_each(|(_, hasher)| hasher.update(&bytes));
        match &mut self.writer {
            Some(writer) => writer.write(bytes).await?,
            None if self.size <= limits::INLINE_BYTES as u64 => self.gathered.extend_from_slice(&bytes),
            None => {
                let mut writer = engine.blobs.create().await?;
                writer.write(self.gathered.split().freeze()).await?;
                writer.write(bytes).await?;
                self.writer = Some(writer);
            }
        }
        Ok(())
    }
}

fn check_md5(announced: &Announced, digest: &[u8; 16]) -> Result<(), Failure> {
    let calculated = STANDARD.encode(digest);
    match &announced.content_md5 {
        Some(expected) if *expected != calculated => Err(faults::bad_digest(expected, &calculated).into()),
        _ => Ok(()),
    }
}

/// The checksum to keep: that of the algorithm that was asked for, or of the first value that came, or the default.
fn check_checksums(
    announced: &Announced,
    trailing: &[(Algorithm, String)],
    hashers: Vec<(Algorithm, Hasher)>,
) -> Result<Checksum, Failure> {
    if trailing.iter().map(|(algorithm, _)| *algorithm).ne(announced.trailing) {
        return Err(faults::malformed_trailer().into());
    }
    let values: Vec<_> =
        hashers.into_iter().map(|(algorithm, hasher)| (algorithm, hasher.finish())).collect();
    for (algorithm, expected) in announced.checksums.iter().chain(trailing) {
        if !algorithm.could_be(expected) {
            return Err(faults::invalid_checksum(algorithm.header()).into());
        }
        let wrong = values.iter().any(|(other, value)| other == algorithm && value != expected);
        if wrong {
            return Err(faults::bad_checksum(algorithm.name()).into());
        }
    }
    let asked = announced.algorithm;
    let kept = values.iter().find(|(algorithm, _)| asked == Some(*algorithm)).or(values.first());
    let (algorithm, value) = kept.cloned().ok_or_else(faults::internal_error)?;
    Ok(Checksum { algorithm, kind: ChecksumKind::FullObject, value })
}
