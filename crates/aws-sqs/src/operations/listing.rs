//! Pages of lists: how long they are, and where the next one begins.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use model::Fault;

use crate::{faults, limits};

/// How many a caller gets that asks for so many.
pub fn limit(asked: Option<i64>) -> Result<usize, Fault> {
    let asked = asked.unwrap_or(*limits::LIST.end());
    if !limits::LIST.contains(&asked) {
        return Err(faults::invalid(asked, "MaxResults", "Must be >= 1 and <= 1000, if provided."));
    }
    Ok(asked as usize)
}

pub fn token(last: &str) -> String {
    BASE64_STANDARD.encode(last)
}

/// The name that a page begins after.
pub fn place(token: &str) -> Result<String, Fault> {
    let name = BASE64_STANDARD.decode(token).ok().and_then(|name| String::from_utf8(name).ok());
    name.ok_or_else(|| faults::invalid_value("Invalid or expired next token."))
}
