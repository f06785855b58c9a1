//! Values with a version, so that an older binary's rows stay readable.

use bytes::Bytes;
use model::Internal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A type that is kept as the value of rows.
///
/// A change that older rows do not fit (a member renamed, split, or newly required) raises `VERSION` and adds a step to
/// `migrate`. A new member with `#[serde(default)]` needs neither.
pub trait Record: Serialize + DeserializeOwned {
    const VERSION: u32;

    /// Brings a value of `version` one version up. Called until `VERSION` is reached.
    fn migrate(version: u32, value: Value) -> Result<Value, Internal> {
        let _ = value;
        Err(Internal::new(format!("a stored row of version {version} has no migration")))
    }
}

#[derive(Serialize)]
struct Written<'a, R> {
    v: u32,
    r: &'a R,
}

#[derive(Deserialize)]
struct Current<R> {
    r: R,
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

/// The row value of a record.
pub fn encode<R: Record>(record: &R) -> Result<Bytes, Internal> {
    let written = Written { v: R::VERSION, r: record };
    serde_json::to_vec(&written).map(Bytes::from).map_err(Internal::because("encoding a row"))
}

/// The record of a row value, migrated if an older binary wrote it. Fails on a newer binary's row.
pub fn decode<R: Record>(value: &[u8]) -> Result<R, Internal> {
    let decoding = "decoding a stored row";
    let mut version = serde_json::from_slice::<Version>(value).map_err(Internal::because(decoding))?.v;
    if version == R::VERSION {
        let current: Current<R> = serde_json::from_slice(value).map_err(Internal::because(decoding))?;
        return Ok(current.r);
    }
    let mut value = serde_json::from_slice::<Current<Value>>(value).map_err(Internal::because(decoding))?.r;
    while version != R::VERSION {
        if version > R::VERSION {
            return Err(Internal::new("a stored row was written by a newer Dayfly"));
        }
        value = R::migrate(version, value)?;
        version += 1;
    }
    serde_json::from_value(value).map_err(Internal::because(decoding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Named {
        name: String,
    }

    impl Record for Named {
        const VERSION: u32 = 2;

        fn migrate(version: u32, value: Value) -> Result<Value, Internal> {
            match version {
                1 => Ok(serde_json::json!({ "name": value["title"] })),
                _ => Err(Internal::new("no such version")),
            }
        }
    }

    #[test]
    fn a_row_of_this_version_reads_back() {
        let named = Named { name: "a".to_owned() };
        assert_eq!(decode::<Named>(&encode(&named).unwrap()).unwrap(), named);
    }

    #[test]
    fn an_older_row_is_migrated_and_a_newer_one_refused() {
        let old = br#"{"v":1,"r":{"title":"b"}}"#;
        assert_eq!(decode::<Named>(old).unwrap(), Named { name: "b".to_owned() });
        assert!(decode::<Named>(br#"{"v":3,"r":{"name":"b"}}"#).is_err());
        assert!(decode::<Named>(b"").is_err());
    }
}
