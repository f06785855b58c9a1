//! Checksums of content: the algorithms, their running states, and how those of parts make that of a whole.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use md5::Md5;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

/// A checksum algorithm that a client may ask for. The default of S3 is CRC-64/NVME.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Crc64nvme,
    Sha1,
    Sha256,
    Sha512,
    Md5,
}

/// Whether a checksum is that of all bytes, or that of the checksums of the parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChecksumKind {
    FullObject,
    Composite,
}

impl ChecksumKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }
}

/// A checksum as it is told: base64, with `-` and the number of parts where it is composite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    pub algorithm: Algorithm,
    pub kind: ChecksumKind,
    pub value: String,
}

impl Algorithm {
    pub const ALL: [Self; 7] =
        [Self::Crc32, Self::Crc32c, Self::Crc64nvme, Self::Sha1, Self::Sha256, Self::Sha512, Self::Md5];

    /// As in `ChecksumAlgorithm` and after `Checksum` in the names of members: `CRC32C`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
            Self::Md5 => "MD5",
        }
    }

    /// The header that carries its value.
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
            Self::Sha512 => "x-amz-checksum-sha512",
            Self::Md5 => "x-amz-checksum-md5",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    fn bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64nvme => 8,
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64nvme => Some(CrcAlgorithm::Crc64Nvme),
            _ => None,
        }
    }

    /// What the checksum of an upload in parts is when the client does not say.
    pub fn default_kind(self) -> ChecksumKind {
        if self == Self::Crc64nvme { ChecksumKind::FullObject } else { ChecksumKind::Composite }
    }

    /// Only CRCs of parts can be joined to that of the whole; S3 defines no composite CRC-64/NVME.
    pub fn can_be(self, kind: ChecksumKind) -> bool {
        match kind {
            ChecksumKind::FullObject => self.crc().is_some(),
            ChecksumKind::Composite => self != Self::Crc64nvme,
        }
    }

    /// Whether `text` could be a value of it.
    pub fn could_be(self, text: &str) -> bool {
        STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == self.bytes())
    }
}

/// A checksum being computed.
pub enum Hasher {
    Crc(Box<crc_fast::Digest>, Algorithm),
    Sha1(Box<Sha1>),
    Sha256(Box<Sha256>),
    Sha512(Box<Sha512>),
    Md5(Box<Md5>),
}

impl Hasher {
    pub fn new(algorithm: Algorithm) -> Self {
        match (algorithm, algorithm.crc()) {
            (_, Some(crc)) => Self::Crc(Box::new(crc_fast::Digest::new(crc)), algorithm),
            (Algorithm::Sha1, _) => Self::Sha1(Box::default()),
            (Algorithm::Sha256, _) => Self::Sha256(Box::default()),
            (Algorithm::Sha512, _) => Self::Sha512(Box::default()),
            _ => Self::Md5(Box::default()),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(state, _) => state.update(bytes),
            Self::Sha1(state) => state.update(bytes),
            Self::Sha256(state) => state.update(bytes),
            Self::Sha512(state) => state.update(bytes),
            Self::Md5(state) => state.update(bytes),
        }
    }

    /// The value in base64.
    pub fn finish(self) -> String {
        match self {
            Self::Crc(state, algorithm) => crc_text(state.finalize(), algorithm),
            Self::Sha1(state) => STANDARD.encode(state.finalize()),
            Self::Sha256(state) => STANDARD.encode(state.finalize()),
            Self::Sha512(state) => STANDARD.encode(state.finalize()),
            Self::Md5(state) => STANDARD.encode(state.finalize()),
        }
    }
}

/// The checksum of bytes that are at hand.
pub fn checksum_of(algorithm: Algorithm, bytes: &[u8]) -> String {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    hasher.finish()
}

fn crc_text(value: u64, algorithm: Algorithm) -> String {
    let bytes = value.to_be_bytes();
    STANDARD.encode(&bytes[8 - algorithm.bytes()..])
}

fn crc_number(text: &str) -> Option<u64> {
    let bytes = STANDARD.decode(text).ok()?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// The checksum of a whole from those of its parts, each with its length, in order. `None` when a value is not one.
pub fn joined(algorithm: Algorithm, kind: ChecksumKind, parts: &[(&str, u64)]) -> Option<Checksum> {
    let value = match (kind, algorithm.crc()) {
        (ChecksumKind::FullObject, Some(crc)) => {
            let mut whole = crc_fast::checksum(crc, b"");
            for (text, length) in parts {
                whole = crc_fast::checksum_combine(crc, whole, crc_number(text)?, *length);
            }
            crc_text(whole, algorithm)
        }
        _ => {
            let mut hasher = Hasher::new(algorithm);
            for (text, _) in parts {
                hasher.update(&STANDARD.decode(text).ok()?);
            }
            format!("{}-{}", hasher.finish(), parts.len())
        }
    };
    Some(Checksum { algorithm, kind, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::checksum_of as of;

    #[test]
    fn values_are_those_of_the_catalogues() {
        // "123456789": the check values of the CRC catalogue, and RFC 1321 and FIPS 180 digests, in base64.
        for (algorithm, value) in [
            (Algorithm::Crc32, "y/Q5Jg=="),
            (Algorithm::Crc32c, "4waSgw=="),
            (Algorithm::Crc64nvme, "rosUhgp5mIg="),
            (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
            (Algorithm::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
            (Algorithm::Md5, "JfnnlDI7RTiF9RgfG2JNCw=="),
        ] {
            assert_eq!(of(algorithm, b"123456789"), value, "{algorithm:?}");
            assert!(algorithm.could_be(value));
            assert!(!algorithm.could_be("AAA="));
        }
    }

    #[test]
    fn full_object_checksums_are_joined_from_those_of_parts() {
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64nvme] {
            let (first, second) = (of(algorithm, b"1234"), of(algorithm, b"56789"));
            let whole = joined(algorithm, ChecksumKind::FullObject, &[(&first, 4), (&second, 5)]).unwrap();
            assert_eq!(whole.value, of(algorithm, b"123456789"));
        }
    }

    #[test]
    fn composite_checksums_say_how_many_parts() {
        let part = of(Algorithm::Sha256, b"a");
        let whole = joined(Algorithm::Sha256, ChecksumKind::Composite, &[(&part, 1), (&part, 1)]).unwrap();
        assert!(whole.value.ends_with("=-2"), "{}", whole.value);
        assert_eq!(joined(Algorithm::Crc32, ChecksumKind::FullObject, &[("!", 1)]), None);
    }
}
