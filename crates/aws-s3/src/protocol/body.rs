//! Bodies: those of requests as content on its way in, those of answers from content on its way out.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use model::{Failure, Fault};
use wire::{Body, BodyError};

use crate::engine::{Algorithm, ContentReader, Incoming};
use crate::{faults, limits};

/// The body of a request, not read yet.
#[derive(Default)]
pub struct Upload {
    /// Behind a lock only because inputs are shared with the decision on permissions, and a body is not `Sync`.
    body: Mutex<Option<Body>>,
    trailing: Vec<(Algorithm, String)>,
}

impl Upload {
    pub fn new(body: Body) -> Self {
        Self { body: Mutex::new(Some(body)), trailing: Vec::new() }
    }

    /// All of it, when it is a document of allowed size.
    pub async fn document(&mut self) -> Result<Bytes, Failure> {
        let mut document = BytesMut::new();
        while let Some(bytes) = self.next().await? {
            if document.len() + bytes.len() > limits::DOCUMENT_BYTES {
                return Err(faults::document_too_large().into());
            }
            document.extend_from_slice(&bytes);
        }
        Ok(document.freeze())
    }
}

#[async_trait]
impl Incoming for Upload {
    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let Some(body) = self.body.get_mut().unwrap_or_else(PoisonError::into_inner) else { return Ok(None) };
        loop {
            let frame = match body.frame().await {
                None => return Ok(None),
                Some(frame) => frame.map_err(broken)?,
            };
            match frame.into_data() {
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Ok(Some(data)),
                Err(frame) => {
                    let trailers = frame.into_trailers().unwrap_or_default();
                    self.trailing.extend(Algorithm::ALL.into_iter().filter_map(|algorithm| {
                        let value = trailers.get(algorithm.header())?.to_str().ok()?;
                        Some((algorithm, value.trim().to_owned()))
                    }));
                }
            }
        }
    }

    fn trailing(&self) -> Vec<(Algorithm, String)> {
        self.trailing.clone()
    }
}

fn broken(error: BodyError) -> Failure {
    match error {
        BodyError::Fault(fault) => Failure::Fault(fault),
        BodyError::Disconnected => Failure::Fault(gone()),
        BodyError::Internal(internal) => Failure::Internal(internal),
    }
}

/// Nobody reads this any more.
fn gone() -> Fault {
    faults::request_timeout()
}

/// Content as the body of an answer, read as the client takes it.
pub fn streamed(reader: ContentReader) -> Body {
    let frames = stream::try_unfold(reader, |mut reader| async move {
        match reader.next().await.map_err(BodyError::Internal)? {
            Some(bytes) => Ok(Some((Frame::data(bytes), reader))),
            None => Ok(None),
        }
    });
    StreamBody::new(frames).boxed_unsync()
}
