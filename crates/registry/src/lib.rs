//! Which functions should exist: their configuration, code, permissions and tags. It runs nothing.

mod alias;
mod asynchronous;
mod code;
mod function;
mod keys;
mod layer;
mod limits;
mod mapping;
mod memory;
mod packages;
mod policy;
mod registry;
mod suspects;
mod unpack;
mod url;
mod version;

pub use alias::{Alias, Split};
pub use asynchronous::{Destinations, EventInvokeConfig, Provisioned, RecursiveLoop};
pub use code::Code;
pub use function::{Function, FunctionKey};
pub use layer::{LayerContent, LayerKey, LayerVersion, UsedLayer};
pub use limits::{UNZIPPED_BYTES, ZIP_ENTRIES, ZIPPED_BYTES};
pub use mapping::{EventSourceMapping, MappingKey, MappingState, Pollers};
pub use packages::Packages;
pub use policy::{Policies, Policy, Statement};
pub use registry::{Changed, Registry};
pub use unpack::{BadPackage, unpack};
pub use url::{Cors, FunctionUrl, InvokeMode, UrlAuth, UrlOwner};
pub use version::{
    Architecture, Configuration, LastUpdate, LogFormat, Logging, NoVersion, Packaging, SnapStart, State,
    Tracing, Version, VersionId,
};
