//! A response that comes in pieces, on its way out of an instance: no more of it is held than a few pieces.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tokio::sync::mpsc;

/// Pieces that are held for who takes them; with as many, the function waits. Ours.
const HELD: usize = 4;

/// A part of a response.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Comes first, once.
    Begins {
        content_type: String,
    },
    Bytes(Bytes),
}

/// Where an instance puts the pieces. Clones are the same.
#[derive(Debug, Clone)]
pub struct Sink {
    pieces: mpsc::Sender<Piece>,
    passed: Arc<AtomicU64>,
}

/// Where they come out, in order.
#[derive(Debug)]
pub struct Pieces(mpsc::Receiver<Piece>);

/// Both ends of a response.
pub fn stream() -> (Sink, Pieces) {
    let (pieces, taken) = mpsc::channel(HELD);
    (Sink { pieces, passed: Arc::default() }, Pieces(taken))
}

impl Sink {
    /// Waits for room. Where nobody takes them any more, pieces go nowhere: the function runs to its end all the same.
    pub async fn pass(&self, piece: Piece) {
        if let Piece::Bytes(bytes) = &piece {
            self.passed.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
        let _ = self.pieces.send(piece).await;
    }

    /// In bytes.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }
}

impl Pieces {
    /// `None` when the call has ended. May be dropped at the await.
    pub async fn next(&mut self) -> Option<Piece> {
        self.0.recv().await
    }
}
