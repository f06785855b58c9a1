//! Bodies in the content encoding `aws-chunked`: chunks with their own signatures, and trailers.
//! Source: S3 API reference, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
//! Chunks" and "... Including trailing headers".

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Body as HttpBody, Frame, SizeHint};
use model::Fault;
use sha2::{Digest, Sha256};

use crate::sigv4::{Scope, SigningKey, sha256_hex};
use crate::{Body, BodyError};

/// A chunk's header line: its size, and its signature.
const LINE_BYTES: usize = 256;

/// All trailers together. AWS: they fit into the headers' limit of 8 KB.
const TRAILER_BYTES: usize = 8 * 1024;

/// What signs the chunks, where they are signed.
pub struct ChunkSigner {
    pub key: SigningKey,
    pub scope: Scope,
    pub amz_date: String,
    /// The signature of the request, then of the chunk before.
    pub previous: String,
}

impl ChunkSigner {
    fn check(&mut self, kind: &str, hashes: &str, signature: &str) -> Result<(), BodyError> {
        let Self { key, scope, amz_date, previous } = self;
        let text = format!("{kind}\n{amz_date}\n{scope}\n{previous}\n{hashes}");
        if !key.verifies(&text, signature) {
            let message = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
            return Err(BodyError::Fault(Fault::new("SignatureDoesNotMatch", 403, message)));
        }
        signature.clone_into(previous);
        Ok(())
    }
}

enum State {
    Line,
    Data {
        left: u64,
    },
    /// The line end after a chunk's bytes.
    DataEnd,
    Trailer,
    /// After the last line: nothing more may come, at once or later.
    After,
    Done,
}

/// Takes the chunks off, and gives their bytes and at the end the trailers.
pub struct Decoded {
    body: Body,
    buffer: BytesMut,
    ended: bool,
    state: State,
    signer: Option<ChunkSigner>,
    chunk: Sha256,
    signature: String,
    left: u64,
    trailers: HeaderMap,
    signed_trailer: String,
    seen: u64,
    trailers_verified: bool,
}

impl Decoded {
    /// `length` is the length of what comes out, from `x-amz-decoded-content-length`. Without a signer the chunks
    /// are not signed.
    pub fn new(body: Body, length: u64, signer: Option<ChunkSigner>) -> Self {
        Self {
            body,
            buffer: BytesMut::new(),
            ended: false,
            state: State::Line,
            signer,
            chunk: Sha256::new(),
            signature: String::new(),
            left: length,
            trailers: HeaderMap::new(),
            signed_trailer: String::new(),
            seen: 0,
            trailers_verified: false,
        }
    }

    /// What can be done with what is here; `None` when more is needed.
    fn step(&mut self) -> Result<Option<Frame<Bytes>>, BodyError> {
        loop {
            match self.state {
                State::Line => {
                    let Some(line) = self.line(LINE_BYTES)? else { return Ok(None) };
                    self.begin_chunk(&line)?;
                }
                State::Data { left: 0 } => {
                    self.end_chunk()?;
                    self.state = State::DataEnd;
                }
                State::Data { left } if !self.buffer.is_empty() => {
                    let take = left.min(self.buffer.len() as u64) as usize;
                    let piece = self.buffer.split_to(take).freeze();
                    return Ok(Some(self.data(piece, left)));
                }
                State::Data { .. } => return Ok(None),
                State::DataEnd => {
                    let Some(line) = self.line(2)? else { return Ok(None) };
                    if !line.is_empty() {
                        return Err(incomplete());
                    }
                    self.state = State::Line;
                }
                State::Trailer => match self.line(TRAILER_BYTES)? {
                    Some(line) if line.is_empty() => self.state = State::After,
                    Some(line) => self.trailer(&line)?,
                    // AWS: clients may leave the last empty line out.
                    None if self.ended && self.buffer.is_empty() => return self.end(),
                    None => return Ok(None),
                },
                State::After if !self.buffer.is_empty() => return Err(incomplete()),
                State::After if self.ended => return self.end(),
                State::After | State::Done => return Ok(None),
            }
        }
    }

    /// Bytes of a chunk of which so many were left.
    fn data(&mut self, piece: Bytes, left: u64) -> Frame<Bytes> {
        if self.signer.is_some() {
            self.chunk.update(&piece);
        }
        self.state = State::Data { left: left - piece.len() as u64 };
        Frame::data(piece)
    }

    /// A line without its end; `None` when it is not all here.
    fn line(&mut self, limit: usize) -> Result<Option<String>, BodyError> {
        let Some(end) = self.buffer.windows(2).take(limit).position(|pair| pair == b"\r\n") else {
            return if self.buffer.len() > limit + 2 { Err(incomplete()) } else { Ok(None) };
        };
        let line = self.buffer.split_to(end);
        self.buffer.advance(2);
        String::from_utf8(line.to_vec()).map(Some).map_err(|_| incomplete())
    }

    fn begin_chunk(&mut self, line: &str) -> Result<(), BodyError> {
        let (size, extension) = line.split_once(';').unwrap_or((line, ""));
        let digits = size.bytes().all(|digit| digit.is_ascii_hexdigit());
        let size = u64::from_str_radix(size, 16).ok().filter(|_| digits).ok_or_else(incomplete)?;
        self.left = self.left.checked_sub(size).ok_or_else(incomplete)?;
        self.signature = extension.strip_prefix("chunk-signature=").unwrap_or_default().to_owned();
        if size > 0 {
            self.state = State::Data { left: size };
            return Ok(());
        }
        self.end_chunk()?;
        self.state = State::Trailer;
        if self.left == 0 { Ok(()) } else { Err(incomplete()) }
    }

    fn end_chunk(&mut self) -> Result<(), BodyError> {
        let Some(signer) = &mut self.signer else { return Ok(()) };
        let hash = hex::encode(std::mem::take(&mut self.chunk).finalize());
        let hashes = format!("{}\n{hash}", sha256_hex(b""));
        signer.check("AWS4-HMAC-SHA256-PAYLOAD", &hashes, &self.signature)
    }

    fn trailer(&mut self, line: &str) -> Result<(), BodyError> {
        self.seen += line.len() as u64;
        let (name, value) = line.split_once(':').ok_or_else(incomplete)?;
        let bare = |text: &str| text.trim_matches([' ', '\t']).to_owned();
        let (name, value) = (bare(name).to_ascii_lowercase(), bare(value));
        if self.seen > TRAILER_BYTES as u64 {
            return Err(incomplete());
        }
        if name == "x-amz-trailer-signature" {
            let hashes = sha256_hex(self.signed_trailer.as_bytes());
            if let Some(signer) = &mut self.signer {
                signer.check("AWS4-HMAC-SHA256-TRAILER", &hashes, &value)?;
                self.trailers_verified = true;
            }
            return Ok(());
        }
        // What comes after a signature is not signed by it.
        self.trailers_verified = false;
        self.signed_trailer.push_str(&format!("{name}:{value}\n"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| incomplete())?;
        self.trailers.insert(name, HeaderValue::from_str(&value).map_err(|_| incomplete())?);
        Ok(())
    }

    fn end(&mut self) -> Result<Option<Frame<Bytes>>, BodyError> {
        self.state = State::Done;
        if self.signer.is_some() && !self.trailers.is_empty() && !self.trailers_verified {
            let message = "The trailing headers of the request are not signed.";
            return Err(BodyError::Fault(Fault::new("SignatureDoesNotMatch", 403, message)));
        }
        let trailers = std::mem::take(&mut self.trailers);
        Ok((!trailers.is_empty()).then(|| Frame::trailers(trailers)))
    }
}

fn incomplete() -> BodyError {
    let message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
    BodyError::Fault(Fault::new("IncompleteBody", 400, message))
}

impl HttpBody for Decoded {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            match self.step() {
                Ok(Some(frame)) => return Poll::Ready(Some(Ok(frame))),
                Err(error) => {
                    self.state = State::Done;
                    return Poll::Ready(Some(Err(error)));
                }
                Ok(None) => {}
            }
            if matches!(self.state, State::Done) {
                return Poll::Ready(None);
            }
            if self.ended {
                self.state = State::Done;
                return Poll::Ready(Some(Err(incomplete())));
            }
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => {
                    let Ok(piece) = frame.into_data() else { continue };
                    // Most of a large chunk comes in pieces of nothing else, which need not be copied.
                    match self.state {
                        State::Data { left } if self.buffer.is_empty() && piece.len() as u64 <= left => {
                            return Poll::Ready(Some(Ok(self.data(piece, left))));
                        }
                        _ => self.buffer.extend_from_slice(&piece),
                    }
                }
                Some(Err(error)) => {
                    self.state = State::Done;
                    return Poll::Ready(Some(Err(error)));
                }
                None => self.ended = true,
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.state, State::Done)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use http_body_util::BodyExt;

    use super::*;

    /// A body of these frames.
    struct Pieces(VecDeque<Frame<Bytes>>);

    impl HttpBody for Pieces {
        type Data = Bytes;
        type Error = BodyError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
            Poll::Ready(self.0.pop_front().map(Ok))
        }
    }

    const A: usize = 65_536;

    /// The example of the S3 API reference: 66,560 times `a` in three chunks.
    fn signed(signatures: [&str; 3], trailer: &str) -> Vec<u8> {
        let mut text = Vec::new();
        for (size, signature) in [A, 1024, 0].into_iter().zip(signatures) {
            text.extend(format!("{size:x};chunk-signature={signature}\r\n").into_bytes());
            text.extend(vec![b'a'; size]);
            text.extend(if size > 0 { &b"\r\n"[..] } else { b"" });
        }
        text.extend(trailer.as_bytes());
        text.extend(b"\r\n");
        text
    }

    fn signer(seed: &str) -> ChunkSigner {
        let scope =
            Scope { date: "20130524".to_owned(), region: "us-east-1".to_owned(), service: "s3".to_owned() };
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        ChunkSigner {
            key: SigningKey::derive(secret, &scope),
            scope,
            amz_date: "20130524T000000Z".to_owned(),
            previous: seed.to_owned(),
        }
    }

    /// What comes out of a body that comes in pieces: how many bytes, and the trailers; or the fault's code.
    async fn check(text: &[u8], piece: usize, length: u64, signer: Option<ChunkSigner>) -> String {
        let frames = text.chunks(piece).map(|piece| Frame::data(Bytes::copy_from_slice(piece))).collect();
        let mut body = Decoded::new(Pieces(frames).boxed_unsync(), length, signer);
        let (mut bytes, mut trailers) = (0, String::new());
        while let Some(frame) = body.frame().await {
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) => bytes += data.len(),
                Ok(Err(frame)) => {
                    for (name, value) in &frame.into_trailers().unwrap_or_default() {
                        trailers += &format!(" {name}={}", value.to_str().unwrap());
                    }
                }
                Err(BodyError::Fault(fault)) => return fault.code.into_owned(),
                Err(other) => return other.to_string(),
            }
        }
        format!("{bytes}{trailers}")
    }

    #[tokio::test]
    async fn signed_chunks_as_aws_documents_them() {
        let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
        let signatures = [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ];
        let text = signed(signatures, "");
        for piece in [1000, A, text.len()] {
            assert_eq!(check(&text, piece, 66_560, Some(signer(seed))).await, "66560");
        }
        let [first, second, last] = signatures;
        let swapped = signed([second, first, last], "");
        assert_eq!(check(&swapped, A, 66_560, Some(signer(seed))).await, "SignatureDoesNotMatch");
        let cut = &text[..text.len() - 100];
        assert_eq!(check(cut, A, 66_560, Some(signer(seed))).await, "IncompleteBody");
    }

    #[tokio::test]
    async fn signed_trailers_as_aws_documents_them() {
        let seed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
        let signatures = [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ];
        let signature = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";
        let trailer = "x-amz-checksum-crc32c:sOO8/Q==\r\n";
        let whole = format!("{trailer}x-amz-trailer-signature:{signature}\r\n");
        let told = check(&signed(signatures, &whole), A, 66_560, Some(signer(seed))).await;
        assert_eq!(told, "66560 x-amz-checksum-crc32c=sOO8/Q==");
        for spoilt in [trailer.to_owned(), whole.replace("sOO8", "sOO9")] {
            let told = check(&signed(signatures, &spoilt), A, 66_560, Some(signer(seed))).await;
            assert_eq!(told, "SignatureDoesNotMatch", "{spoilt}");
        }
    }

    #[tokio::test]
    async fn unsigned_chunks() {
        let long = format!("5\r\nabcde\r\n0\r\nx-y:{}\r\n\r\n", "z".repeat(TRAILER_BYTES));
        for (text, expected) in [
            ("5\r\nabcde\r\n0\r\n\r\n", "5"),
            ("2\r\nab\r\n3\r\ncde\r\n0\r\nX-Y: z\r\n\r\n", "5 x-y=z"),
            ("5\r\nabcde\r\n0\r\n", "5"),
            ("5;chunk-signature=x\r\nabcde\r\n0\r\n\r\n", "5"),
            ("", "IncompleteBody"),
            ("4\r\nabcd\r\n0\r\n\r\n", "IncompleteBody"),
            ("6\r\nabcdef\r\n0\r\n\r\n", "IncompleteBody"),
            ("+5\r\nabcde\r\n0\r\n\r\n", "IncompleteBody"),
            ("-5\r\nabcde\r\n0\r\n\r\n", "IncompleteBody"),
            ("ffffffffffffffff\r\nabcde", "IncompleteBody"),
            ("fffffffffffffffff\r\nabcde", "IncompleteBody"),
            ("5\r\nabcdefg\r\n0\r\n\r\n", "IncompleteBody"),
            ("5\r\nabcde\r\n0\r\nnothing\r\n\r\n", "IncompleteBody"),
            (&long, "IncompleteBody"),
        ] {
            for piece in [1, 3, 10_000] {
                assert_eq!(check(text.as_bytes(), piece, 5, None).await, expected, "{text} {piece}");
            }
        }
        assert_eq!(check(b"0\r\n\r\nmore", 100, 0, None).await, "IncompleteBody");
    }
}
