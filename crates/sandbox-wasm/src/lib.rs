//! Functions that are WebAssembly: modules of WASI preview 1, and components of preview 2 that are commands or answer
//! HTTP. Compiled once, and run for each request in a memory of its own that nobody had before.

mod compiled;
mod engine;
mod exchange;
mod find;
mod instance;
mod limits;
mod printed;
mod run;
mod shared;
mod state;
mod ticker;

use sandbox::{Contract, Runtime};

pub use engine::{Surroundings, WasmEngine};

/// What the runtime is called.
pub const NAME: &str = "wasm";

/// The runtime, which needs nothing of the host.
pub fn runtime() -> Runtime {
    Runtime {
        name: NAME.to_owned(),
        command: Vec::new(),
        roots: Vec::new(),
        environment: Vec::new(),
        contract: Contract::Wasm,
        template: Vec::new(),
        guest: None,
        found_version: String::new(),
    }
}
