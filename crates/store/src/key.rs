//! Order-preserving keys: tuples of texts and numbers whose bytes sort as the tuples do.

use std::fmt;

const TEXT: u8 = 0x02;
const NUMBER: u8 = 0x03;
const ESCAPE: u8 = 0xFF;

/// A tuple as bytes. Texts sort by their bytes and before longer ones that they begin; numbers sort by value.
/// The encoding is that of FoundationDB's tuple layer, cut down to two types: a text is tag, bytes with 0x00 written
/// as 0x00 0xFF, and a closing 0x00; a number is tag and eight bytes, most significant first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Key(Vec<u8>);

impl Key {
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// This tuple with one more text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.0.reserve(text.len() + 2);
        self.0.push(TEXT);
        for (index, piece) in text.split('\0').enumerate() {
            if index > 0 {
                self.0.extend([0, ESCAPE]);
            }
            self.0.extend_from_slice(piece.as_bytes());
        }
        self.0.push(0);
        self
    }

    /// This tuple with one more number.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.0.push(NUMBER);
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// The bytes that every text beginning with `start` begins with, as the last part of this tuple: for ranges only.
    #[must_use]
    pub fn text_starting_with(mut self, start: &str) -> Self {
        self = self.text(start);
        self.0.pop();
        self
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A key from bytes that `as_bytes` gave.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn starts_with(&self, prefix: &Key) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// The first key that sorts after every key with this prefix; `None` when there is none.
    pub fn after_prefix(&self) -> Option<Key> {
        let mut bytes = self.0.clone();
        while let Some(last) = bytes.last_mut() {
            if *last < 0xFF {
                *last += 1;
                return Some(Key(bytes));
            }
            bytes.pop();
        }
        None
    }

    /// The tuple again.
    pub fn parts(&self) -> Result<Vec<KeyPart>, MalformedKey> {
        let mut parts = Vec::new();
        let mut rest = self.0.as_slice();
        while let Some((tag, after)) = rest.split_first() {
            let (part, after) = match *tag {
                TEXT => read_text(after)?,
                NUMBER => read_number(after)?,
                _ => return Err(MalformedKey),
            };
            parts.push(part);
            rest = after;
        }
        Ok(parts)
    }

    /// The last part of the tuple, when it is a text.
    pub fn last_text(&self) -> Result<String, MalformedKey> {
        match self.parts()?.pop() {
            Some(KeyPart::Text(text)) => Ok(text),
            _ => Err(MalformedKey),
        }
    }
}

fn read_text(bytes: &[u8]) -> Result<(KeyPart, &[u8]), MalformedKey> {
    let mut text = Vec::new();
    let mut position = 0;
    loop {
        let byte = *bytes.get(position).ok_or(MalformedKey)?;
        position += 1;
        if byte != 0 {
            text.push(byte);
        } else if bytes.get(position) == Some(&ESCAPE) {
            text.push(0);
            position += 1;
        } else {
            let text = String::from_utf8(text).map_err(|_| MalformedKey)?;
            return Ok((KeyPart::Text(text), &bytes[position..]));
        }
    }
}

fn read_number(bytes: &[u8]) -> Result<(KeyPart, &[u8]), MalformedKey> {
    let (number, rest) = bytes.split_first_chunk::<8>().ok_or(MalformedKey)?;
    Ok((KeyPart::Number(u64::from_be_bytes(*number)), rest))
}

/// One element of a key's tuple.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPart {
    Text(String),
    Number(u64),
}

/// The bytes are no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedKey;

impl fmt::Display for MalformedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the bytes are no key of this store")
    }
}

impl std::error::Error for MalformedKey {}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            Ok(parts) => formatter.debug_list().entries(parts).finish(),
            Err(_) => write!(formatter, "{:02x?}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_sort_as_their_tuples(a in ".{0,6}", b in ".{0,6}", m: u64, n: u64) {
            let key = |text: &str, number| Key::new().text(text).number(number);
            prop_assert_eq!(
                (a.as_bytes(), m).cmp(&(b.as_bytes(), n)),
                key(&a, m).cmp(&key(&b, n))
            );
        }

        #[test]
        fn a_key_reads_back(a in ".{0,9}", n: u64) {
            let key = Key::new().text(&a).number(n).text("z");
            let parts = vec![KeyPart::Text(a), KeyPart::Number(n), KeyPart::Text("z".to_owned())];
            prop_assert_eq!(key.parts(), Ok(parts));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = Key::from_bytes(bytes).parts();
        }
    }

    #[test]
    fn a_text_is_no_prefix_of_a_longer_one_but_its_start_is() {
        let long = Key::new().text("photos/a");
        assert!(!long.starts_with(&Key::new().text("photos/")));
        assert!(long.starts_with(&Key::new().text_starting_with("photos/")));
    }
}
