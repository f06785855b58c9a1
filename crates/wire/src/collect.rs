//! Taking a whole body into memory, up to a limit.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use crate::{Body, BodyError};

/// The body's bytes; `None` when there are more than `limit`.
pub async fn collect(mut body: Body, limit: usize) -> Result<Option<Bytes>, BodyError> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else { continue };
        if bytes.len() + piece.len() > limit {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes.freeze()))
}
