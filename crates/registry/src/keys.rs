//! The keys of the registry's rows.
//!
//! `registry/function/<account>/<region>/<name>` a function; `registry/version/<account>/<region>/<name>/<number>` a
//! published version of it; `registry/code/<blob>/<account>/<region>/<name>` that the function uses this code, with a
//! number behind it that a version does, and `registry/code/<blob>/layer/<account>/<region>/<name>/<number>` that a layer's
//! version does; `registry/suspect/<blob>` code that may be nobody's; `registry/mapping/<account>/<region>/<id>` an event
//! source mapping; `registry/layer/<account>/<region>/<name>` a layer, `registry/layer-version/…/<number>` a version of it;
//! `registry/url/<id>` whose function URL this is.

use model::{AccountId, Region};
use store::{BlobId, Key};

use crate::{Code, FunctionKey, LayerKey, LayerVersion, MappingKey, Version, VersionId};

fn below(key: Key, function: &FunctionKey) -> Key {
    named(key, &function.account, &function.region, &function.name)
}

fn named(key: Key, account: &AccountId, region: &Region, name: &str) -> Key {
    key.text(account.as_str()).text(region.as_str()).text(name)
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

/// That a version uses this code: its own, or a layer's.
pub fn use_by(version: &Version, code: &Code) -> Key {
    let key = below(uses(&code.blob), &version.key);
    match version.id {
        VersionId::Latest => key,
        VersionId::Published(number) => key.number(number),
    }
}

pub fn use_by_layer(version: &LayerVersion) -> Key {
    let key = uses(&version.content.code.blob).text("layer");
    let layer = &version.key;
    named(key, &layer.account, &layer.region, &layer.name).number(version.number)
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

pub fn url(id: &str) -> Key {
    Key::new().text("registry").text("url").text(id)
}

pub fn layer(key: &LayerKey) -> Key {
    named(Key::new().text("registry").text("layer"), &key.account, &key.region, &key.name)
}

pub fn all_layer_versions() -> Key {
    Key::new().text("registry").text("layer-version")
}

/// Of all layers there.
pub fn layer_versions_in(account: &AccountId, region: &Region) -> Key {
    all_layer_versions().text(account.as_str()).text(region.as_str())
}

pub fn layer_versions(layer: &LayerKey) -> Key {
    layer_versions_in(&layer.account, &layer.region).text(&layer.name)
}

pub fn layer_version(layer: &LayerKey, number: u64) -> Key {
    layer_versions(layer).number(number)
}
