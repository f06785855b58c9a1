//! Bodies in `aws-chunked`: the documentation's two, cut at every place, and what is wrong with others.
//! Source: S3 API reference, "Transferring Payload in Multiple Chunks" and "... Including trailing headers".

use bytes::Bytes;
use expect_test::{Expect, expect};
use http_body_util::BodyExt;
use wire::aws_chunked::{ChunkSigner, Decoded};
use wire::sigv4::{Encoding, Scope, SigningKey};
use wire::{Body, BodyError};

use crate::exchange::{self, Key};

const KEY: Key = Key { id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };

/// A body that comes in these pieces.
pub fn pieces(pieces: Vec<Bytes>) -> Body {
    let frames = pieces.into_iter().map(|piece| Ok::<_, BodyError>(http_body::Frame::data(piece)));
    http_body_util::StreamBody::new(futures::stream::iter(frames)).boxed_unsync()
}

fn signer(previous: &str) -> ChunkSigner {
    let scope = Scope { date: "20130524".into(), region: "us-east-1".into(), service: "s3".into() };
    ChunkSigner {
        key: SigningKey::derive(KEY.secret, &scope),
        scope,
        amz_date: "20130524T000000Z".to_owned(),
        previous: previous.to_owned(),
    }
}

/// What comes out: bytes and trailers, or the fault's code.
pub fn decoded(body: Body, length: u64, signer: Option<ChunkSigner>) -> Result<(Vec<u8>, String), String> {
    let mut body = Decoded::new(body, length, signer);
    let (mut bytes, mut trailers) = (Vec::new(), String::new());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    while let Some(frame) = runtime.block_on(body.frame()) {
        match frame {
            Err(BodyError::Fault(fault)) => return Err(fault.code.into_owned()),
            Err(other) => return Err(other.to_string()),
            Ok(frame) => match frame.into_data() {
                Ok(piece) => bytes.extend_from_slice(&piece),
                Err(frame) => trailers.push_str(&format!("{:?}", frame.into_trailers().expect("trailers"))),
            },
        }
    }
    Ok((bytes, trailers))
}

/// The documentation's 66,560 bytes, in its three chunks with these signatures.
fn documented(signatures: [&str; 3], trailers: &str) -> Vec<u8> {
    let mut text = Vec::new();
    for (size, signature) in [65_536, 1_024, 0].into_iter().zip(signatures) {
        text.extend_from_slice(format!("{size:x};chunk-signature={signature}\r\n").as_bytes());
        text.extend(std::iter::repeat_n(b'a', size));
        text.extend_from_slice(if size > 0 { b"\r\n" } else { b"" });
    }
    text.extend_from_slice(trailers.as_bytes());
    text.extend_from_slice(b"\r\n");
    text
}

struct Documented {
    seed: &'static str,
    body: Vec<u8>,
}

fn plain() -> Documented {
    let signatures = [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ];
    let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    Documented { seed, body: documented(signatures, "") }
}

fn with_trailer() -> Documented {
    let signatures = [
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ];
    let trailers = "x-amz-checksum-crc32c:sOO8/Q==\r\n\
                    x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n";
    let seed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
    Documented { seed, body: documented(signatures, trailers) }
}

#[test]
fn the_requests_before_the_chunks_are_signed() {
    let check = |headers: &str, hash: &str, signed: &str, signature: &str| {
        let text = format!(
            "PUT /examplebucket/chunkObject.txt\nHost: s3.amazonaws.com\nx-amz-date: 20130524T000000Z\n\
             x-amz-storage-class: REDUCED_REDUNDANCY\nContent-Encoding: aws-chunked\n{headers}\
             x-amz-decoded-content-length: 66560\nx-amz-content-sha256: {hash}\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders={signed},Signature={signature}"
        );
        exchange::check(hash, &KEY, Encoding::AsSent, &text, signature);
    };
    check(
        "Content-Length: 66824\n",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
        plain().seed,
    );
    check(
        "x-amz-trailer: x-amz-checksum-crc32c\n",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
        with_trailer().seed,
    );
}

#[test]
fn documented_chunks_are_taken() {
    assert_eq!(plain().body.len(), 66_824);
    for (Documented { seed, body }, trailers) in
        [(plain(), ""), (with_trailer(), r#"{"x-amz-checksum-crc32c": "sOO8/Q=="}"#)]
    {
        let found = decoded(pieces(vec![body.into()]), 66_560, Some(signer(seed)));
        assert_eq!(found, Ok((vec![b'a'; 66_560], trailers.to_owned())));
    }
}

#[test]
fn a_changed_byte_is_refused_wherever_it_is() {
    for Documented { seed, body } in [plain(), with_trailer()] {
        // Every byte of lines and trailers, and some of the content.
        for at in (0..body.len()).filter(|at| body[*at] != b'a' || at % 4_099 == 0) {
            let mut changed = body.clone();
            changed[at] ^= 1;
            let found = decoded(pieces(vec![changed.into()]), 66_560, Some(signer(seed)));
            assert!(found.is_err(), "byte {at} is {:?}", char::from(body[at]));
        }
    }
}

#[test]
fn it_does_not_matter_where_a_body_is_cut() {
    let text =
        Bytes::from_static(b"4\r\nabcd\r\nA\r\n0123456789\r\n0\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n\r\n");
    let expected = Ok((b"abcd0123456789".to_vec(), r#"{"x-amz-checksum-crc32c": "sOO8/Q=="}"#.to_owned()));
    for first in 0..text.len() {
        for second in first..text.len() {
            let cut = vec![text.slice(..first), text.slice(first..second), text.slice(second..)];
            assert_eq!(decoded(pieces(cut), 14, None), expected, "cut at {first} and {second}");
        }
    }
    let bytes = (0..text.len()).map(|at| text.slice(at..=at)).collect();
    assert_eq!(decoded(pieces(bytes), 14, None), expected);
}

fn check(text: &str, length: u64, expected: Expect) {
    let whole = decoded(pieces(vec![text.to_owned().into()]), length, None);
    let apart = text.bytes().map(|byte| Bytes::from(vec![byte])).collect();
    assert_eq!(decoded(pieces(apart), length, None), whole, "cut into bytes");
    let found = match whole {
        Ok((bytes, trailers)) => format!("{} {trailers}", String::from_utf8_lossy(&bytes)),
        Err(code) => code,
    };
    expected.assert_eq(found.trim());
}

#[test]
fn lines_and_lengths() {
    check("3\r\nabc\r\n0\r\n\r\n", 3, expect!["abc"]);
    check("3;chunk-signature=ab\r\nabc\r\n0;chunk-signature=ab\r\n\r\n", 3, expect!["abc"]);
    check("3\r\nabc\r\n000\r\n\r\n", 3, expect!["abc"]);
    check("0\r\n\r\n", 0, expect![""]);
    check("0\r\n", 0, expect![""]);
    check("0\r\n\r\nmore", 0, expect!["IncompleteBody"]);
    check("", 0, expect!["IncompleteBody"]);
    check("3\r\nabc\r\n", 3, expect!["IncompleteBody"]);
    check("3\r\nab", 3, expect!["IncompleteBody"]);
    check("3\r\nabcd\r\n0\r\n\r\n", 3, expect!["IncompleteBody"]);
    check("3\r\nabc0\r\n\r\n", 3, expect!["IncompleteBody"]);
    check("3\nabc\n0\n\n", 3, expect!["IncompleteBody"]);
    check("+3\r\nabc\r\n0\r\n\r\n", 3, expect!["IncompleteBody"]);
    check("-3\r\nabc\r\n0\r\n\r\n", 3, expect!["IncompleteBody"]);
    check(" 3\r\nabc\r\n0\r\n\r\n", 3, expect!["IncompleteBody"]);
    check("0x3\r\nabc\r\n0\r\n\r\n", 3, expect!["IncompleteBody"]);
    check("\r\nabc\r\n0\r\n\r\n", 3, expect!["IncompleteBody"]);
    check("g\r\n", 3, expect!["IncompleteBody"]);
    check("3\r\nabc\r\n0\r\n\r\n", 2, expect!["IncompleteBody"]);
    check("3\r\nabc\r\n0\r\n\r\n", 4, expect!["IncompleteBody"]);
    check("ffffffffffffffff\r\n", 3, expect!["IncompleteBody"]);
    check("10000000000000000\r\n", 3, expect!["IncompleteBody"]);
    check(&"0".repeat(100_000), 3, expect!["IncompleteBody"]);
    check(&format!("3;{}\r\nabc\r\n0\r\n\r\n", "x".repeat(1_000)), 3, expect!["IncompleteBody"]);
}

#[test]
fn trailers() {
    check("0\r\nx-amz-checksum-crc32c:a\r\n\r\n", 0, expect![[r#"{"x-amz-checksum-crc32c": "a"}"#]]);
    check("0\r\nX-Amz-Checksum-Crc32c : a \r\n\r\n", 0, expect![[r#"{"x-amz-checksum-crc32c": "a"}"#]]);
    check("0\r\nx-amz-checksum-crc32c:a\r\n", 0, expect![[r#"{"x-amz-checksum-crc32c": "a"}"#]]);
    check("0\r\nx-amz-checksum-crc32c:a", 0, expect!["IncompleteBody"]);
    check("0\r\n\r\n", 0, expect![""]);
    check(
        "0\r\nx-amz-checksum-crc32c:a\r\nx-amz-checksum-crc32c:b\r\n\r\n",
        0,
        expect![[r#"{"x-amz-checksum-crc32c": "b"}"#]],
    );
    check("0\r\nx-amz-checksum-sha1:a\r\n\r\n", 0, expect![[r#"{"x-amz-checksum-sha1": "a"}"#]]);
    check("0\r\nno colon\r\n\r\n", 0, expect!["IncompleteBody"]);
    check("0\r\n:a\r\n\r\n", 0, expect!["IncompleteBody"]);
    check("0\r\nx-amz-checksum-crc32c:\u{1}\r\n\r\n", 0, expect!["IncompleteBody"]);
    check(&format!("0\r\nx-amz-checksum-crc32c:{}\r\n\r\n", "a".repeat(9_000)), 0, expect!["IncompleteBody"]);
}

/// A trailer that comes after the trailers' signature is not covered by it.
#[test]
fn signed_trailers_end_with_their_signature() {
    let Documented { seed, body } = with_trailer();
    let more = |from: &str, to: &str| {
        let text = String::from_utf8(body.clone()).expect("text").replace(from, to);
        decoded(pieces(vec![text.into()]), 66_560, Some(signer(seed)))
    };
    let signature = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n";
    let after = format!("{signature}x-amz-meta-more:1\r\n");
    assert_eq!(more(signature, &after), Err("SignatureDoesNotMatch".to_owned()));
    let unsigned = format!("x-amz-trailer-signature:{signature}");
    assert_eq!(more(&unsigned, "x-amz-meta-more:1\r\n"), Err("SignatureDoesNotMatch".to_owned()));
}
