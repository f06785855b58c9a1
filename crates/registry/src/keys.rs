//! The keys of the registry's rows.
//!
//! `registry/function/<account>/<region>/<name>` a function; `registry/version/<account>/<region>/<name>/<number>` a
//! published version of it; `registry/code/<blob>/<account>/<region>/<name>` that the function uses this code, with a
//! number behind it that a version does; `registry/suspect/<blob>` code that may be nobody's;
//! `registry/mapping/<account>/<region>/<id>` an event source mapping.

use model::{AccountId, Region};
use store::{BlobId, Key};

use crate::{Code, FunctionKey, MappingKey, Version, VersionId};

fn below(key: Key, function: &FunctionKey) -> Key {
    key.text(function.account.as_str()).text(function.region.as_str()).text(&function.name)
}

pub fn functions() -> Key {
    Key::new().text("registry").text("function")
}

pub fn function(key: &FunctionKey) -> Key {
    below(functions(), key)
}

pub fn published() -> Key {
    Key::new().text("registry").text("version")
}

/// Of all functions there.
pub fn versions_in(account: &AccountId, region: &Region) -> Key {
    published().text(account.as_str()).text(region.as_str())
}

pub fn versions(function: &FunctionKey) -> Key {
    below(published(), function)
}

pub fn version(function: &FunctionKey, number: u64) -> Key {
    versions(function).number(number)
}

pub fn uses(blob: &BlobId) -> Key {
    Key::new().text("registry").text("code").text(&blob.to_string())
}

pub fn use_by(version: &Version) -> Key {
    let key = below(uses(&version.code.blob), &version.key);
    match version.id {
        VersionId::Latest => key,
        VersionId::Published(number) => key.number(number),
    }
}

pub fn suspects() -> Key {
    Key::new().text("registry").text("suspect")
}

pub fn suspect(code: &Code) -> Key {
    suspects().text(&code.blob.to_string())
}

pub fn mappings() -> Key {
    Key::new().text("registry").text("mapping")
}

pub fn mapping(key: &MappingKey) -> Key {
    mappings().text(key.account.as_str()).text(key.region.as_str()).text(&key.id)
}
