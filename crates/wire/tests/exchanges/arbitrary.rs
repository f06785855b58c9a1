//! Any bytes: no panic, nothing but an answer or a fault, and never more memory than came.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use proptest::prelude::*;
use wire::protocol::{Members, Pattern, read_form};
use wire::sigv4::{Encoding, Head, read, string_to_sign};

use crate::chunked::{decoded, pieces};
use crate::inputs::Input;

const ENCODINGS: [Encoding; 3] = [Encoding::AsSent, Encoding::Once, Encoding::Twice];

/// Some of what claims are made of, so that most texts get far.
fn authorization() -> impl Strategy<Value = String> {
    let words = "AWS4-HMAC-SHA256 |Credential=|AKID/20150830/us-east-1/s3/aws4_request|SignedHeaders=|host|;|,|Signature=|[a-f0-9]{0,64}|.{0,5}";
    prop::collection::vec(words, 0..12).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn claims(text in authorization(), path in ".{0,40}", query in ".{0,60}", value in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut headers = HeaderMap::new();
        for (name, value) in [("authorization", text.as_bytes()), ("x-amz-date", b"20150830T123600Z"), ("range", &value)] {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.append(name, value);
            }
        }
        let head = Head { method: &Method::GET, path: &path, query: &query, headers: &headers, host: "h" };
        for claim in [read(&query, &headers), read(&query, &HeaderMap::new())].into_iter().flatten().flatten() {
            for encoding in ENCODINGS {
                let signed = string_to_sign(&claim, &head, encoding, "hash");
                prop_assert!(signed.len() < 1_000);
            }
        }
    }

    #[test]
    fn chunks(text in "([0-9a-f]{0,3}|;|chunk-signature=|\r|\n|\r\n|x-amz-checksum-crc32c:|.){0,40}", cut in 1_usize..9, length in 0_u64..40) {
        let cut = text.as_bytes().chunks(cut).map(Bytes::copy_from_slice).collect();
        if let Ok((bytes, _)) = decoded(pieces(cut), length, None) {
            prop_assert_eq!(bytes.len() as u64, length);
        }
    }

    #[test]
    fn chunks_come_out_as_they_went_in(content in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 0..6), cut in 1_usize..30) {
        let mut text = Vec::new();
        for chunk in &content {
            text.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
            text.extend_from_slice(chunk);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"0\r\n\r\n");
        let cut = text.chunks(cut).map(Bytes::copy_from_slice).collect();
        let content = content.concat();
        prop_assert_eq!(decoded(pieces(cut), content.len() as u64, None), Ok((content, String::new())));
    }

    #[test]
    fn forms(text in "([A-Za-z]{1,6}|Names|Tags|member|Limit|[0-9]{1,11}|\\.|=|&|%|\\+|.){0,60}") {
        let _ = read_form::<Input>(&wire::query_pairs(&text));
    }

    #[test]
    fn members(text in ".{0,80}", labels in ".{0,40}") {
        let mut members = Members::default();
        for (name, value) in Pattern::new("/a/{Name}/b/{Key+}").labels(&format!("/a/{labels}")).unwrap_or_default() {
            members.text(name, value);
        }
        if let Ok(object) = serde_json::from_str(&text) {
            members.json(object);
        }
        let _ = members.read::<Input>();
    }
}
