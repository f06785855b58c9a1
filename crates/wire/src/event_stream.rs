//! Messages of `application/vnd.amazon.eventstream`.
//! Source: Smithy 2.0, "Amazon Event Stream Specification".

use bytes::{BufMut, Bytes, BytesMut};

/// Lengths of the whole and of the headers, and their checksum.
const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;
/// The type of a header whose value is text.
const TEXT: u8 = 7;

/// One event: its type, what kind of document its payload is, and that.
pub fn event(event_type: &str, content_type: &str, payload: &[u8]) -> Bytes {
    let mut headers = BytesMut::new();
    let all = [(":event-type", event_type), (":content-type", content_type), (":message-type", "event")];
    for (name, value) in all {
        headers.put_u8(name.len() as u8);
        headers.put_slice(name.as_bytes());
        headers.put_u8(TEXT);
        headers.put_u16(value.len() as u16);
        headers.put_slice(value.as_bytes());
    }
    let length = PRELUDE + headers.len() + payload.len() + CHECKSUM;
    let mut message = BytesMut::with_capacity(length);
    message.put_u32(length as u32);
    message.put_u32(headers.len() as u32);
    message.put_u32(crc32(&message));
    message.put_slice(&headers);
    message.put_slice(payload);
    message.put_u32(crc32(&message));
    message.freeze()
}

fn crc32(bytes: &[u8]) -> u32 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32IsoHdlc, bytes) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_framed_with_both_checksums() {
        let message = event("PayloadChunk", "application/octet-stream", b"hi");
        let number = |at: usize| u32::from_be_bytes(message[at..at + 4].try_into().unwrap());
        let (length, headers) = (number(0) as usize, number(4) as usize);
        assert_eq!(length, message.len());
        assert_eq!(&message[PRELUDE + headers..length - CHECKSUM], b"hi");
        assert_eq!(&message[PRELUDE..PRELUDE + 12], b"\x0b:event-type");
        assert_eq!(&message[PRELUDE + 12..PRELUDE + 27], b"\x07\x00\x0cPayloadChunk");
        assert_eq!(number(8), crc32(&message[..8]));
        assert_eq!(number(length - CHECKSUM), crc32(&message[..length - CHECKSUM]));
        // The check value of CRC-32/ISO-HDLC.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
