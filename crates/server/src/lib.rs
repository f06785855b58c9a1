//! The composition root: the only crate that names adapters and faces, and puts them together into a platform.

mod compose;
mod console;
mod directory;
mod ownership;
mod ports;
mod prepare;
mod runtimes;
mod settings;
mod users;

pub use compose::Platform;
pub use directory::{Reach, RootKey, reach};
pub use prepare::Prepared;
pub use settings::{AccessKey, CONSOLE, LISTEN, Settings};
