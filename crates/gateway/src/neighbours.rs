//! A sandbox that asks for as much as it can: what is too much waits, and others are answered.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use sandbox::Speaker;
use tokio::task::JoinSet;
use wire::Request;

use crate::limits::{
    ALL_SANDBOX_BODIES_BYTES, BODY_BYTES, SANDBOX_BODIES_BYTES, SANDBOX_REQUESTS, UNKNOWN_BODY_TIME,
};
use crate::peer::{Inside, Peer};
use crate::tests::{Door, get};

/// Of which nothing ever comes.
struct Endless;

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

fn endless(service: &'static str, length: usize) -> Request {
    let mut request =
        get(service, "/").request().map(|_| Endless.map_err(|never| match never {}).boxed_unsync());
    request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    request
}

fn sandbox() -> (Arc<Inside>, Peer) {
    let inside = Arc::new(Inside::new(Arc::new(Speaker::default())));
    (Arc::clone(&inside), Peer::Inside(inside))
}

#[tokio::test]
async fn a_sandbox_that_asks_too_much_waits_for_itself_alone() {
    for (service, length, many) in
        [("s3", 1, SANDBOX_REQUESTS), ("logs", BODY_BYTES, SANDBOX_BODIES_BYTES / BODY_BYTES)]
    {
        let door = Door::new();
        let (inside, peer) = sandbox();
        let peer = Arc::new(peer);
        let mut asking = JoinSet::new();
        for _ in 0..many {
            let (gateway, peer) = (door.0.clone(), Arc::clone(&peer));
            asking.spawn(async move { gateway.answer(endless(service, length), &peer).await });
        }
        while !inside.is_at_its_bounds() {
            tokio::task::yield_now().await;
        }
        let one_more = door.0.answer(endless(service, length), &peer);
        let (_, other) = sandbox();
        tokio::select! {
            biased;
            _ = one_more => panic!("{service}: it had its turn"),
            answer = door.0.answer(get("s3", "/b").request(), &other) => assert_eq!(answer.status(), 200),
        }
        asking.abort_all();
    }
}

#[tokio::test]
async fn sandboxes_that_all_ask_too_much_keep_nobody_outside_waiting() {
    let door = Door::new();
    let mut asking = JoinSet::new();
    for _ in 0..=ALL_SANDBOX_BODIES_BYTES / BODY_BYTES {
        let gateway = door.0.clone();
        asking.spawn(async move { gateway.answer(endless("sts", BODY_BYTES), &sandbox().1).await });
    }
    tokio::task::yield_now().await;
    let outside = Peer::Outside("127.0.0.1".parse().unwrap());
    let mut request = get("logs", "/").request();
    request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(BODY_BYTES));
    assert_eq!(door.0.answer(request, &outside).await.status(), 200);
    asking.abort_all();
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_has_signed_for_yet_is_not_waited_for_for_ever() {
    let door = Door::new();
    let mut request = endless("sts", BODY_BYTES);
    request.headers_mut().remove("x-amz-content-sha256");
    let began = tokio::time::Instant::now();
    let answer = door.0.answer(request, &sandbox().1).await;
    assert!(answer.status().is_client_error());
    assert_eq!(began.elapsed().as_secs(), UNKNOWN_BODY_TIME.as_secs());
}
