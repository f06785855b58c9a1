//! Which functions should exist: their configuration, code, permissions and tags. It runs nothing.

mod code;
mod function;
mod limits;
mod packages;
mod registry;
mod unpack;

pub use code::Code;
pub use function::{
    Architecture, Configuration, Function, FunctionKey, LastUpdate, LogFormat, Logging, Packaging, State,
    Statement, Tracing,
};
pub use limits::{UNZIPPED_BYTES, ZIP_ENTRIES, ZIPPED_BYTES};
pub use packages::Packages;
pub use registry::{Changed, Registry};
pub use unpack::{BadPackage, unpack};
