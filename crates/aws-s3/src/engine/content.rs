//! Reading content: the pieces of an object, one after the other, in constant memory.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use model::{Failure, Internal};
use store::{BlobId, BlobReader, Blobs, decode};

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
    blobs: Arc<dyn Blobs>,
    left: VecDeque<Left>,
    open: Option<Box<dyn BlobReader>>,
}

/// What is still to be read.
enum Left {
    /// At hand: who replaces the object removes such bytes at once, while readers go on.
    Inline(Bytes),
    Blob(BlobId, Span),
}

/// The content is not there any more: the object was replaced after its row was read.
const GONE: &str = "content of an object is missing";

impl ContentReader {
    /// The next piece, not empty; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Internal> {
        loop {
            if let Some(reader) = &mut self.open {
                if let Some(bytes) = reader.next().await? {
                    return Ok(Some(bytes));
                }
                self.open = None;
            }
            match self.left.pop_front() {
                None => return Ok(None),
                Some(Left::Inline(bytes)) if bytes.is_empty() => {}
                Some(Left::Inline(bytes)) => return Ok(Some(bytes)),
                Some(Left::Blob(blob, span)) => self.open = Some(open(&*self.blobs, &blob, span).await?),
            }
        }
    }
}

async fn open(blobs: &dyn Blobs, blob: &BlobId, span: Span) -> Result<Box<dyn BlobReader>, Internal> {
    blobs.read(blob, span.start..span.end).await?.ok_or_else(|| Internal::new(GONE))
}

/// All of it at once.
#[async_trait]
impl Incoming for Option<Bytes> {
    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        Ok(self.take())
    }

    fn trailing(&self) -> Vec<(Algorithm, String)> {
        Vec::new()
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
    /// Opens bytes of an object. When it returns they will be there to the end, whatever becomes of the object.
    pub async fn read(&self, content: &Content, span: Span) -> Result<ContentReader, Internal> {
        let mut left = VecDeque::new();
        for (place, span) in wanted(&self.pieces(content).await?, span) {
            left.push_back(match place {
                Place::Inline { row } => Left::Inline(self.inline(&row, span).await?),
                Place::Blob { blob, .. } => Left::Blob(blob, span),
            });
        }
        let mut open_first = None;
        if let Some(Left::Blob(blob, span)) = left.front() {
            open_first = Some(open(&*self.blobs, blob, *span).await?);
            left.pop_front();
        }
        Ok(ContentReader { blobs: self.blobs.clone(), left, open: open_first })
    }

    async fn inline(&self, row: &str, span: Span) -> Result<Bytes, Internal> {
        let row = self.table.get(&keys::content(row)).await?.ok_or_else(|| Internal::new(GONE))?;
        let end = (span.end as usize).min(row.value.len());
        Ok(row.value.slice((span.start as usize).min(end)..end))
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
fn wanted(pieces: &[Piece], span: Span) -> Vec<(Place, Span)> {
    let mut begins = 0;
    let mut wanted = Vec::new();
    for piece in pieces {
        let ends = begins + piece.length;
        let (start, end) = (span.start.max(begins), span.end.min(ends));
        if start < end {
            wanted.push((piece.place.clone(), Span { start: start - begins, end: end - begins }));
        }
        begins = ends;
    }
    wanted
}
