//! The framed contract: a frame is a kind (one byte), the lengths of its header and of its payload (four bytes each,
//! big endian), the header (JSON) and the payload (raw).

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::Interest;
use tokio::net::UnixStream;

use super::{Call, Said};
use crate::limits;

const PREFIX: usize = 9;
const CALL: u8 = b'C';
/// How much is read at a time where the frame's length does not say more.
const CHUNK: usize = 16 * 1024;
/// How often something is read before others have their turn: a guest that writes without end would keep us from its
/// own time limit.
const READS: usize = 64;

pub struct Framed {
    stream: UnixStream,
    reader: Reader,
    outgoing: VecDeque<Bytes>,
    /// The guest has closed its end: only its exit can tell more.
    closed: bool,
    spoke_unasked: bool,
}

impl Framed {
    pub fn open(socket: OwnedFd) -> io::Result<Self> {
        let stream = std::os::unix::net::UnixStream::from(socket);
        stream.set_nonblocking(true)?;
        let stream = UnixStream::from_std(stream)?;
        Ok(Self {
            stream,
            reader: Reader::default(),
            outgoing: VecDeque::new(),
            closed: false,
            spoke_unasked: false,
        })
    }

    pub fn call(&mut self, call: &Call) {
        // Nobody has asked it anything: what it says now would pass for the answer to this call.
        if self.exchange().is_ok() && !self.reader.buffer.is_empty() {
            self.spoke_unasked = true;
        }
        // A header of strings and numbers is always JSON.
        let header = serde_json::to_vec(&call.header).unwrap_or_default();
        let mut head = Vec::with_capacity(PREFIX + header.len());
        head.push(CALL);
        head.extend_from_slice(&(header.len() as u32).to_be_bytes());
        head.extend_from_slice(&(call.payload.len() as u32).to_be_bytes());
        head.extend_from_slice(&header);
        // A small payload travels with its header; a large one is not copied.
        if call.payload.len() <= CHUNK {
            head.extend_from_slice(&call.payload);
            self.outgoing.push_back(head.into());
        } else {
            self.outgoing.push_back(head.into());
            self.outgoing.push_back(call.payload.clone());
        }
    }

    pub fn has_sent_all(&self) -> bool {
        self.outgoing.is_empty()
    }

    pub async fn listen(&mut self) -> Said {
        if std::mem::take(&mut self.spoke_unasked) {
            self.reader.broken = true;
            return Said::Broken;
        }
        loop {
            if let Some(said) = self.reader.next() {
                return said;
            }
            if self.closed || self.reader.broken {
                std::future::pending::<()>().await;
            }
            match self.exchange() {
                Ok(Pace::Waits) => {}
                Ok(Pace::Floods) => tokio::task::yield_now().await,
                Err(_) => self.closed = true,
            }
            if self.reader.has_frame() || self.closed {
                continue;
            }
            let interest = if self.outgoing.is_empty() {
                Interest::READABLE
            } else {
                Interest::READABLE | Interest::WRITABLE
            };
            if self.stream.ready(interest).await.is_err() {
                self.closed = true;
            }
        }
    }

    /// Writes and reads what goes without waiting.
    fn exchange(&mut self) -> io::Result<Pace> {
        while let Some(front) = self.outgoing.front_mut() {
            match if front.is_empty() { Ok(0) } else { self.stream.try_write(front) } {
                Ok(written) => front.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // It may have said something before it closed; that is still to be read.
                Err(_) => self.outgoing.clear(),
            }
            if self.outgoing.front().is_some_and(Bytes::is_empty) {
                self.outgoing.pop_front();
            }
        }
        for _ in 0..READS {
            if self.reader.has_frame() {
                return Ok(Pace::Waits);
            }
            self.reader.buffer.reserve(self.reader.wants());
            match self.stream.try_read_buf(&mut self.reader.buffer) {
                Ok(0) => {
                    self.closed = true;
                    return Ok(Pace::Waits);
                }
                Ok(_) => self.reader.skip(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Pace::Waits),
                Err(error) => return Err(error),
            }
        }
        Ok(Pace::Floods)
    }
}

/// Whether a guest sends faster than is read.
enum Pace {
    Waits,
    Floods,
}

/// Takes frames out of a stream of bytes, holding no more of it than one frame may have.
#[derive(Default)]
struct Reader {
    buffer: BytesMut,
    /// Bytes still to come of a payload that is too large to be kept.
    skipping: u64,
    /// What to say once they have come.
    skipped: bool,
    broken: bool,
}

impl Reader {
    /// Header and payload length of the frame at the front.
    fn lengths(&self) -> Option<(usize, usize)> {
        let prefix = self.buffer.get(..PREFIX)?;
        let length =
            |at: usize| u32::from_be_bytes([prefix[at], prefix[at + 1], prefix[at + 2], prefix[at + 3]]);
        Some((length(1) as usize, length(5) as usize))
    }

    fn has_frame(&self) -> bool {
        self.broken
            || (self.skipped && self.skipping == 0)
            || self.lengths().is_some_and(|(header, payload)| {
                header > limits::FRAME_HEADER
                    || payload > limits::PAYLOAD
                    || self.buffer.len() >= PREFIX + header + payload
            })
    }

    fn wants(&self) -> usize {
        match self.lengths() {
            Some((header, payload)) if payload <= limits::PAYLOAD => {
                (PREFIX + header + payload).saturating_sub(self.buffer.len()).max(CHUNK)
            }
            _ => CHUNK,
        }
    }

    fn skip(&mut self) {
        let now = self.skipping.min(self.buffer.len() as u64);
        self.buffer.advance(now as usize);
        self.skipping -= now;
    }

    fn next(&mut self) -> Option<Said> {
        if self.skipped && self.skipping == 0 {
            self.skipped = false;
            return Some(Said::TooLarge);
        }
        if self.broken || !self.has_frame() {
            return None;
        }
        let (header, payload) = self.lengths()?;
        if header > limits::FRAME_HEADER {
            self.broken = true;
            return Some(Said::Broken);
        }
        if payload > limits::PAYLOAD {
            self.skipping = (PREFIX + header + payload) as u64;
            self.skipped = true;
            self.skip();
            return self.next();
        }
        let kind = self.buffer[0];
        self.buffer.advance(PREFIX + header);
        let payload = self.buffer.split_to(payload).freeze();
        Some(match kind {
            b'R' => Said::Ready(payload),
            b'F' => Said::InitFailed(payload),
            b'A' => Said::Returned(payload),
            b'S' => Said::Streams(String::from_utf8_lossy(&payload).into_owned()),
            b'P' => Said::Piece(payload),
            b'Z' => Said::Streamed,
            b'E' => Said::Failed(payload),
            b'D' => Said::FailedAndDies(payload),
            _ => {
                self.broken = true;
                Said::Broken
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, header: &[u8], payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![kind];
        frame.extend((header.len() as u32).to_be_bytes());
        frame.extend((payload.len() as u32).to_be_bytes());
        frame.extend_from_slice(header);
        frame.extend_from_slice(payload);
        frame
    }

    fn read(bytes: &[u8], pieces: usize) -> Vec<Said> {
        let mut reader = Reader::default();
        let mut said = Vec::new();
        for piece in bytes.chunks(pieces) {
            reader.buffer.extend_from_slice(piece);
            reader.skip();
            said.extend(std::iter::from_fn(|| reader.next()));
        }
        said
    }

    #[test]
    fn frames_are_read_however_they_are_cut() {
        let mut bytes = frame(b'R', b"", b"");
        bytes.extend(frame(b'A', b"{}", b"[1]"));
        bytes.extend(frame(b'E', b"", b"{}"));
        bytes.extend([frame(b'S', b"", b"a/b"), frame(b'P', b"", b"xy"), frame(b'Z', b"", b"")].concat());
        let expected = vec![
            Said::Ready(Bytes::new()),
            Said::Returned(Bytes::from_static(b"[1]")),
            Said::Failed(Bytes::from_static(b"{}")),
            Said::Streams("a/b".to_owned()),
            Said::Piece(Bytes::from_static(b"xy")),
            Said::Streamed,
        ];
        for pieces in [1, 2, 7, 100] {
            assert_eq!(read(&bytes, pieces), expected, "{pieces}");
        }
    }

    #[test]
    fn a_payload_that_is_too_large_is_told_and_passed_over() {
        let mut bytes = frame(b'A', b"", &vec![b'x'; limits::PAYLOAD + 1]);
        bytes.extend(frame(b'A', b"", b"1"));
        assert_eq!(read(&bytes, 100_000), vec![Said::TooLarge, Said::Returned(Bytes::from_static(b"1"))]);
    }

    #[test]
    fn what_is_no_frame_breaks_the_contract_once() {
        let mut huge = vec![b'A'];
        huge.extend(u32::MAX.to_be_bytes());
        huge.extend([0; 4]);
        assert_eq!(read(&huge, 3), vec![Said::Broken]);
        assert_eq!(read(&frame(b'?', b"", b""), 100), vec![Said::Broken]);
    }
}
