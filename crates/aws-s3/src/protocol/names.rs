//! Spellings: canonical user ids, entity tags in quotes, keys in lists and events.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// The canonical user id of an account: 64 hexadecimal digits, as everywhere in S3.
pub fn canonical_id(account: &model::AccountId) -> String {
    hex::encode(Sha256::digest(format!("canonical user of {account}")))
}

pub fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

pub fn unquoted(etag: &str) -> String {
    etag.trim().trim_matches('"').to_owned()
}

/// What `encoding-type=url` leaves as it is.
const IN_LISTS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/').remove(b' ');

/// A key in a list, encoded when the client asked for it.
pub fn listed_key(key: &str, encode: bool) -> String {
    if encode { utf8_percent_encode(key, IN_LISTS).to_string().replace(' ', "+") } else { key.to_owned() }
}

/// A key in a URL.
pub fn path_key(key: &str) -> String {
    utf8_percent_encode(key, IN_LISTS).to_string().replace(' ', "%20").replace('*', "%2A")
}

/// A key in an event: AWS encodes it as a form does, with `+` for a space.
pub fn event_key(key: &str) -> String {
    percent_encode(key.as_bytes(), IN_LISTS).to_string().replace(' ', "+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_encoded_as_a_form_is() {
        assert_eq!(listed_key("a b+c/é~*.txt", true), "a+b%2Bc/%C3%A9%7E*.txt");
        assert_eq!(listed_key("a b", false), "a b");
        assert_eq!(event_key("in box/a+b.jpg"), "in+box/a%2Bb.jpg");
    }
}
