//! Calls whose answer is passed on as it comes.

use std::sync::Arc;

use bytes::Bytes;
use model::Internal;
use sandbox::{Ended, Piece, Pieces, stream};
use tokio::sync::oneshot;

use super::{Ask, Engine, NotRun};

/// What a call came to at first.
pub enum Begun {
    /// It ended without a response in pieces.
    Ended(Box<Ended>),
    /// A response of this content type has begun.
    Streams { content_type: String, rest: Rest },
}

/// The rest of a response, and then how the call ended. Who drops it leaves; the function runs to its end all the same.
pub struct Rest {
    pieces: Pieces,
    told: oneshot::Receiver<Result<Ended, NotRun>>,
}

impl Rest {
    /// `None` when the call has ended.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            match self.pieces.next().await? {
                Piece::Bytes(bytes) => return Some(bytes),
                Piece::Begins { .. } => {}
            }
        }
    }

    /// How it ended. Asked when there is no next piece.
    pub async fn end(self) -> Result<Ended, NotRun> {
        let gone = |_| NotRun::Internal(Internal::new("a call was given up before it ended"));
        self.told.await.map_err(gone)?
    }
}

impl Engine {
    /// Runs a call, which goes on by itself and is metered when it has ended, and waits until it has begun to answer.
    pub async fn stream(self: &Arc<Self>, ask: Ask) -> Result<Begun, NotRun> {
        let (sink, pieces) = stream();
        let (tell, told) = oneshot::channel();
        let engine = self.clone();
        self.parts.tasks.work("streamed-call", async move {
            let ended = match engine.call_into(ask, Some(sink)).await {
                Ok(call) => {
                    engine.parts.ledger.record(call.used).await;
                    Ok(call.ended)
                }
                Err(not_run) => Err(not_run),
            };
            // Nobody may be waiting any more.
            let _ = tell.send(ended);
        });
        let mut rest = Rest { pieces, told };
        match rest.pieces.next().await {
            Some(Piece::Begins { content_type }) => Ok(Begun::Streams { content_type, rest }),
            Some(Piece::Bytes(_)) => Err(NotRun::Internal(Internal::new("a response has no beginning"))),
            None => Ok(Begun::Ended(Box::new(rest.end().await?))),
        }
    }
}
