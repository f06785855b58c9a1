//! Reading content: the pieces of an object, one after the other, in constant memory.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use model::{Failure, Internal};
use store::{BlobReader, Blobs, Table, decode};

use super::checksum::Algorithm;
use super::ranges::Span;
use super::rows::{Content, Piece, Pieces, Place};
use super::{Engine, keys};

/// Bytes on their way in: from a client, or from an object that is copied.
#[async_trait]
pub trait Incoming: Send {
    /// The next bytes; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Failure>;

    /// Checksums that came after the last byte.
    fn trailing(&self) -> Vec<(Algorithm, String)>;
}

/// A part of an object's bytes being read.
pub struct ContentReader {
    table: Arc<dyn Table>,
    blobs: Arc<dyn Blobs>,
    /// What is left to open, each with the bytes of it that are wanted.
    pieces: VecDeque<(Place, Span)>,
    open: Option<Opened>,
}

enum Opened {
    Inline(Bytes),
    Blob(Box<dyn BlobReader>),
}

/// The content is not there any more: the object was replaced after its row was read.
const GONE: &str = "content of an object is missing";

impl ContentReader {
    /// The next piece, not empty; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Internal> {
        loop {
            match self.open.take() {
                Some(Opened::Inline(bytes)) if !bytes.is_empty() => return Ok(Some(bytes)),
                Some(Opened::Blob(mut reader)) => {
                    if let Some(bytes) = reader.next().await? {
                        self.open = Some(Opened::Blob(reader));
                        return Ok(Some(bytes));
                    }
                }
                _ => {}
            }
            if !self.open_next().await? {
                return Ok(None);
            }
        }
    }

    /// Opens the next piece; says whether there was one.
    async fn open_next(&mut self) -> Result<bool, Internal> {
        let Some((place, span)) = self.pieces.pop_front() else { return Ok(false) };
        let opened = match place {
            Place::Inline { row } => {
                let row = self.table.get(&keys::content(&row)).await?.ok_or_else(|| Internal::new(GONE))?;
                let end = (span.end as usize).min(row.value.len());
                Opened::Inline(row.value.slice((span.start as usize).min(end)..end))
            }
            Place::Blob { blob, .. } => {
                let reader = self.blobs.read(&blob, span.start..span.end).await?;
                Opened::Blob(reader.ok_or_else(|| Internal::new(GONE))?)
            }
        };
        self.open = Some(opened);
        Ok(true)
    }
}

#[async_trait]
impl Incoming for ContentReader {
    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        Ok(ContentReader::next(self).await?)
    }

    fn trailing(&self) -> Vec<(Algorithm, String)> {
        Vec::new()
    }
}

impl Engine {
    /// Opens bytes of an object. The first of them are at hand when it returns.
    pub async fn read(&self, content: &Content, span: Span) -> Result<ContentReader, Internal> {
        let pieces = self.pieces(content).await?;
        let mut reader = ContentReader {
            table: self.table.clone(),
            blobs: self.blobs.clone(),
            pieces: wanted(&pieces, span),
            open: None,
        };
        reader.open_next().await?;
        Ok(reader)
    }

    /// The pieces that an object's content is made of, in order.
    pub async fn pieces(&self, content: &Content) -> Result<Vec<Piece>, Internal> {
        match content {
            Content::One(piece) => Ok(vec![piece.clone()]),
            Content::Many { row } => {
                let row = self.table.get(&keys::content(row)).await?.ok_or_else(|| Internal::new(GONE))?;
                Ok(decode::<Pieces>(&row.value)?.0)
            }
        }
    }
}

/// The parts of these pieces that lie in `span` of the whole.
fn wanted(pieces: &[Piece], span: Span) -> VecDeque<(Place, Span)> {
    let mut begins = 0;
    let mut wanted = VecDeque::new();
    for piece in pieces {
        let ends = begins + piece.length;
        let (start, end) = (span.start.max(begins), span.end.min(ends));
        if start < end {
            wanted.push_back((piece.place.clone(), Span { start: start - begins, end: end - begins }));
        }
        begins = ends;
    }
    wanted
}
