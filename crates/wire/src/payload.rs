//! A body whose SHA-256 was signed: checked while it streams by, told at its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use model::Fault;
use sha2::{Digest, Sha256};

use crate::{Body, BodyError};

/// Passes a body on and fails at its end when it is not what was signed.
pub struct Hashed {
    body: Body,
    digest: Option<Sha256>,
    expected: String,
}

impl Hashed {
    /// `expected` in hexadecimal.
    pub fn new(body: Body, expected: &str) -> Self {
        Self { body, digest: Some(Sha256::new()), expected: expected.to_ascii_lowercase() }
    }

    fn check(&mut self) -> Result<(), BodyError> {
        let Some(digest) = self.digest.take() else { return Ok(()) };
        let found = hex::encode(digest.finalize());
        if found == self.expected {
            return Ok(());
        }
        let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
        let fault = Fault::new("XAmzContentSHA256Mismatch", 400, message);
        Err(BodyError::Fault(
            fault
                .member("ClientComputedContentSHA256", self.expected.clone())
                .member("S3ComputedContentSHA256", found),
        ))
    }
}

impl HttpBody for Hashed {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match ready!(Pin::new(&mut self.body).poll_frame(context)) {
            Some(Ok(frame)) => {
                if let (Some(piece), Some(digest)) = (frame.data_ref(), self.digest.as_mut()) {
                    digest.update(piece);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None => Poll::Ready(self.check().err().map(Err)),
        }
    }

    // Not the inner one's end: at that point the check is still to come.
    fn is_end_stream(&self) -> bool {
        self.digest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
