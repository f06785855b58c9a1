//! The guest contracts' host side, behind one face: a guest is given a call, and says things.

mod framed;
mod http;

use bytes::Bytes;
use serde::Serialize;

pub use framed::Framed;
pub use http::Http;

/// One call, as a guest is told it. The header is what both contracts carry besides the payload.
#[derive(Debug, Clone)]
pub struct Call {
    pub header: Header,
    pub payload: Bytes,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    pub request_id: String,
    /// Milliseconds since 1970.
    pub deadline_ms: i64,
    pub invoked_arn: String,
    pub trace_id: String,
    pub client_context: Option<String>,
    pub cognito_identity: Option<String>,
}

/// What a guest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Its init is done; it asks for work. With what it imports, where it was asked.
    Ready(Bytes),
    /// Its init failed, with the error document.
    InitFailed(Bytes),
    Returned(Bytes),
    /// Its response comes in pieces, of this content type.
    Streams(String),
    Piece(Bytes),
    /// The last piece has come.
    Streamed,
    /// The call failed, with the error document.
    Failed(Bytes),
    /// The call failed, with the error document, and the guest ends.
    FailedAndDies(Bytes),
    /// It answered with more than a response may have.
    TooLarge,
    /// The same, in pieces.
    StreamTooLarge,
    /// It no longer keeps to the contract.
    Broken,
}

pub enum Guest {
    Framed(Framed),
    Http(Http),
}

impl Guest {
    /// Gives it a call; what comes of it is said later.
    pub fn call(&mut self, call: Call) {
        match self {
            Self::Framed(framed) => framed.call(&call),
            Self::Http(http) => http.call(call),
        }
    }

    /// Whether the last call has reached it, as far as can be seen from here.
    pub fn has_taken_call(&self) -> bool {
        match self {
            Self::Framed(framed) => framed.has_sent_all(),
            Self::Http(http) => http.has_handed_over(),
        }
    }

    /// What it says next. Waits for ever when it can say nothing any more; may be dropped at any await.
    pub async fn listen(&mut self) -> Said {
        match self {
            Self::Framed(framed) => framed.listen().await,
            Self::Http(http) => http.listen().await,
        }
    }
}
