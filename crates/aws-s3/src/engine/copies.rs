//! Copies: by reference where the bytes stay what they are, else read and taken in anew.

use bytes::Bytes;
use model::{Failure, Internal, Time};
use store::{Expected, Transaction};

use super::checksum::{Algorithm, Checksum};
use super::objects::{At, Found};
use super::ranges::Span;
use super::receive::{Announced, Written, new_id};
use super::rows::{Content, Object, Piece, Place};
use super::{Engine, keys};

/// The content of an object again, for another one.
pub struct CopyOf {
    pub etag: String,
    pub size: u64,
    modified: Time,
    pub checksum: Option<Checksum>,
    pub content: Content,
    /// What makes it somebody's. Relies on the source being as it was found.
    pub keep: Transaction,
}

impl CopyOf {
    /// The object that the copy makes in the place of `like`, which says everything else.
    pub fn object(&self, like: Object) -> Object {
        Object {
            etag: self.etag.clone(),
            size: self.size,
            modified: self.modified,
            checksum: self.checksum.clone(),
            content: self.content.clone(),
            upload: None,
            parts: 0,
            ..like
        }
    }
}

impl Engine {
    /// The content of `source` for another object, with a checksum of `algorithm` when one is asked for.
    pub async fn copy(
        &self,
        at: &At,
        source: &Found,
        algorithm: Option<Algorithm>,
    ) -> Result<CopyOf, Failure> {
        let object = &source.object;
        let kept = object.checksum.as_ref().map(|checksum| checksum.algorithm);
        let same_checksum = algorithm.is_none() || algorithm == kept;
        if let (Content::One(piece), 0, true) = (&object.content, object.parts, same_checksum) {
            let (piece, keep) = self.refer(piece).await?;
            let keep = keep.expect(at.row(), Expected::At(source.revision));
            let (etag, checksum) = (object.etag.clone(), object.checksum.clone());
            return Ok(CopyOf {
                etag,
                modified: self.now(),
                size: object.size,
                checksum,
                content: Content::One(piece),
                keep,
            });
        }
        // AWS: the copy of an object that was uploaded in parts is one whole, with the MD5 of its bytes as entity tag.
        let whole = Span { start: 0, end: object.size };
        let written = self.receive_from(object, whole, algorithm.or(kept)).await?;
        let (piece, keep) = written.keep(0);
        let checksum = Some(written.checksum.clone());
        Ok(CopyOf {
            modified: self.now(),
            etag: written.etag,
            size: written.size,
            checksum,
            content: Content::One(piece),
            keep,
        })
    }

    /// Takes bytes of an object in anew.
    pub async fn receive_from(
        &self,
        source: &Object,
        span: Span,
        algorithm: Option<Algorithm>,
    ) -> Result<Written, Failure> {
        let mut reader = self.read(&source.content, span).await?;
        let announced = Announced { length: Some(span.length()), algorithm, ..Announced::default() };
        self.receive(&mut reader, &announced).await
    }

    /// A further use of a piece.
    async fn refer(&self, piece: &Piece) -> Result<(Piece, Transaction), Internal> {
        let id = new_id();
        let (place, keep) = match &piece.place {
            Place::Inline { row } => {
                let row = self.table.get(&keys::content(row)).await?;
                // Missing only when the source has changed, which the commit then notices.
                let bytes = row.map(|row| row.value).unwrap_or_default();
                (Place::Inline { row: id.clone() }, Transaction::new().put(keys::content(&id), bytes))
            }
            Place::Blob { blob, .. } => {
                let place = Place::Blob { blob: *blob, usage: id.clone() };
                (place, Transaction::new().put(keys::use_of(blob, &id), Bytes::new()))
            }
        };
        Ok((Piece { place, ..piece.clone() }, keep))
    }
}
