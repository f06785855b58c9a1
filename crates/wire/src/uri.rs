//! The URI encoding that signatures are made of: everything but unreserved characters, in upper-case hexadecimal.
//! Source: IAM user guide, "Create a signed AWS API request", UriEncode().

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode, utf8_percent_encode};

const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: &AsciiSet = &STRICT.remove(b'/');

pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, STRICT).to_string()
}

/// As `encoded`, with slashes left as they are.
pub fn encoded_path(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

/// Decoded and encoded again, byte by byte: what is not UTF-8 stays what it is.
pub(crate) fn recoded(text: &str) -> String {
    percent_encode(&percent_decode_str(text).collect::<Vec<u8>>(), STRICT).to_string()
}

/// As `recoded`, with slashes left as they are.
pub(crate) fn recoded_path(text: &str) -> String {
    percent_encode(&percent_decode_str(text).collect::<Vec<u8>>(), PATH).to_string()
}

/// Percent-decoded; what is not UTF-8 then becomes replacement characters.
pub fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The decoded names and values of a query, in order. A `+` is a space, as HTML forms have it.
pub fn query_pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let decode = |text: &str| decoded(&text.replace('+', " "));
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}
