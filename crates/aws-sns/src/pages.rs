//! Pages of lists: a token is the place that the next one begins after.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use model::Fault;
use store::Key;

use crate::faults;

/// The place that a page begins after.
pub fn place(token: Option<&str>) -> Result<Option<Key>, Fault> {
    let Some(token) = token else { return Ok(None) };
    let bytes = BASE64_STANDARD.decode(token).map_err(|_| faults::invalid("NextToken"))?;
    let key = Key::from_bytes(bytes);
    if key.parts().is_err() { Err(faults::invalid("NextToken")) } else { Ok(Some(key)) }
}

/// A place as a token.
pub fn token(place: Option<Key>) -> Option<String> {
    place.map(|place| BASE64_STANDARD.encode(place.as_bytes()))
}
