//! Bodies whose sender falls silent: after a while they end in a fault instead of holding their place for ever.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep};
use wire::BodyError;

use crate::faults;
use crate::limits::IDLE_BODY;

/// A body from the network.
pub struct Watched {
    body: Incoming,
    /// Set while nothing comes.
    silence: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    pub fn new(body: Incoming) -> Self {
        Self { body, silence: None }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.silence = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(|_| BodyError::Disconnected)));
        }
        let silence = self.silence.get_or_insert_with(|| Box::pin(sleep(IDLE_BODY)));
        match silence.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                silence.as_mut().reset(Instant::now() + IDLE_BODY);
                Poll::Ready(Some(Err(BodyError::Fault(faults::request_timeout()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
