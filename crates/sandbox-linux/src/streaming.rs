//! Responses that come in pieces: passed on as they come, or gathered where the caller wants them whole.

use bytes::BytesMut;
use model::Time;
use sandbox::failures::STREAMED;
use sandbox::{Piece, Sink};

use crate::cage::{Event, Sandbox};
use crate::guest::Said;
use crate::limits;

/// A response on its way.
struct Response<'a> {
    sink: Option<&'a Sink>,
    gathered: BytesMut,
    /// What came of it so far, in bytes.
    bytes: u64,
}

/// What a call comes to whose guest said `first`: where that begins a response in pieces, they are passed on until
/// something ends it. What is longer than it may be is passed over, so that the guest comes to its end.
pub async fn hear_out(sandbox: &mut Sandbox, first: Event, sink: Option<&Sink>, until: Time) -> Event {
    let Event::Said(Said::Streams(content_type)) = first else { return first };
    let mut response = Response { sink, gathered: BytesMut::new(), bytes: 0 };
    let mut piece = Piece::Begins { content_type };
    loop {
        if let Some(end) = response.take(sandbox, piece, until).await {
            return end;
        }
        piece = match sandbox.follow(until).await {
            Event::Said(Said::Piece(bytes)) => Piece::Bytes(bytes),
            Event::Said(Said::Streamed) => return Event::Said(response.whole()),
            end => return end,
        };
    }
}

impl Response<'_> {
    /// Gives what ended the call while the piece waited to be taken.
    async fn take(&mut self, sandbox: &mut Sandbox, piece: Piece, until: Time) -> Option<Event> {
        if let Piece::Bytes(bytes) = &piece {
            self.bytes += bytes.len() as u64;
            if self.is_too_large() {
                self.gathered.clear();
                return None;
            }
        }
        match (self.sink, piece) {
            (Some(sink), piece) => sandbox.follow_while(sink.pass(piece), until).await,
            (None, Piece::Bytes(bytes)) => {
                self.gathered.extend_from_slice(&bytes);
                None
            }
            (None, Piece::Begins { .. }) => None,
        }
    }

    fn is_too_large(&self) -> bool {
        self.bytes > if self.sink.is_some() { STREAMED } else { limits::PAYLOAD as u64 }
    }

    fn whole(self) -> Said {
        match (self.is_too_large(), self.sink) {
            (true, Some(_)) => Said::StreamTooLarge,
            (true, None) => Said::TooLarge,
            (false, _) => Said::Returned(self.gathered.freeze()),
        }
    }
}
