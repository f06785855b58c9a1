//! Bodies in aws-chunked, cut anywhere, signed and not.

use crate::world::runtime;
use bytes::Bytes;
use http_body_util::{BodyExt, StreamBody};
use wire::aws_chunked::{ChunkSigner, Decoded};
use wire::sigv4::{Scope, SigningKey};
use wire::{Body, BodyError};

fn pieces(data: &[u8], size: usize) -> Body {
    let frames: Vec<_> = data.chunks(size).map(Bytes::copy_from_slice).collect();
    let frames = frames.into_iter().map(|piece| Ok::<_, BodyError>(http_body::Frame::data(piece)));
    StreamBody::new(futures::stream::iter(frames)).boxed_unsync()
}

fn signer() -> ChunkSigner {
    let scope = Scope { date: "20130524".into(), region: "us-east-1".into(), service: "s3".into() };
    let key = SigningKey::derive("secret", &scope);
    ChunkSigner { key, scope, amz_date: "20130524T000000Z".to_owned(), previous: "0".repeat(64) }
}

/// The bytes that come out; `None` when the body is refused.
async fn decoded(body: Body, length: u64, signer: Option<ChunkSigner>) -> Option<Vec<u8>> {
    let mut body = Decoded::new(body, length, signer);
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(piece) = frame.ok()?.into_data() {
            bytes.extend_from_slice(&piece);
        }
    }
    Some(bytes)
}

pub fn probe(data: &[u8]) {
    let [length, size, signed, data @ ..] = data else { return };
    let (length, size) = (u64::from(*length), usize::from(*size).max(1));
    runtime().block_on(async {
        if signed % 2 == 1 {
            let _ = decoded(pieces(data, size), length, Some(signer())).await;
            return;
        }
        let found = decoded(pieces(data, size), length, None).await;
        assert!(found.as_ref().is_none_or(|found| found.len() as u64 == length));
        assert_eq!(found, decoded(pieces(data, 1), length, None).await);
    });
}
