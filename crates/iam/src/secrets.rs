//! Ids and secrets that nobody can guess, in the shapes that AWS gives them.
//! Source: IAM user guide, "IAM identifiers", "Understanding unique ID prefixes".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::Internal;

/// RFC 4648, section 6: five bits a character.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn random<const N: usize>() -> Result<[u8; N], Internal> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Internal::new(format!("asking for randomness: {error}")))?;
    Ok(bytes)
}

fn id<const N: usize>(prefix: &str) -> Result<String, Internal> {
    let letters = random::<N>()?.map(|byte| char::from(BASE32[usize::from(byte % 32)]));
    Ok(prefix.chars().chain(letters).collect())
}

/// The unique id of a role.
pub fn role_id() -> Result<String, Internal> {
    id::<17>("AROA")
}

/// The access key id of a session.
pub fn session_key_id() -> Result<String, Internal> {
    id::<16>("ASIA")
}

/// Forty characters, as AWS's secrets are.
pub fn secret() -> Result<String, Internal> {
    Ok(STANDARD.encode(random::<30>()?))
}

/// A session token: opaque to everybody.
pub fn token() -> Result<String, Internal> {
    Ok(STANDARD.encode(random::<96>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let is_base32 = |text: &str| text.bytes().all(|byte| BASE32.contains(&byte));
        let (role, key) = (role_id().unwrap(), session_key_id().unwrap());
        assert!(role.len() == 21 && role.starts_with("AROA") && is_base32(&role));
        assert!(key.len() == 20 && key.starts_with("ASIA") && is_base32(&key));
        assert_eq!((secret().unwrap().len(), token().unwrap().len()), (40, 128));
        assert_ne!(secret().unwrap(), secret().unwrap());
    }
}
