//! The composition root: the only crate that names adapters and faces, and puts them together into a platform.

mod compose;
mod console;
mod directory;
mod ports;
mod settings;

pub use compose::Platform;
pub use directory::{Reach, RootKey, reach};
pub use settings::{AccessKey, CONSOLE, LISTEN, Settings};
