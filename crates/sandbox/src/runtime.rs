//! Runtimes are data: which program runs a function's code, what of the host it needs to see, how it gets its work.

use std::path::PathBuf;

use serde::Deserialize;

/// A runtime as found on this host, made from a file of `runtimes/` and what discovery filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    /// As Lambda names it: `python3.12`, `nodejs22.x`, `provided.al2023`.
    pub name: String,
    /// The program and its first arguments. For `provided.*` it is `/var/task/bootstrap`.
    pub command: Vec<String>,
    /// Host directories and files that appear read-only at the same place inside, beyond the system's own.
    pub roots: Vec<PathBuf>,
    /// Variables that this runtime sets before the function's own.
    pub environment: Vec<(String, String)>,
    pub contract: Contract,
    /// Which of our guest programs appears at `/var/runtime`; none where the function speaks the Runtime API itself.
    pub guest: Option<String>,
    /// The arguments that make the program a template, which is forked instead of being started; none where that is not
    /// possible.
    pub template: Vec<String>,
    /// The exact version found, as in `3.12.1`; empty where the function brings its own.
    pub found_version: String,
}

/// The function brings its own.
impl Default for Runtime {
    fn default() -> Self {
        Self {
            name: "provided.al2023".to_owned(),
            command: vec!["/var/task/bootstrap".to_owned()],
            roots: Vec::new(),
            environment: Vec::new(),
            contract: Contract::PullHttp,
            guest: None,
            template: Vec::new(),
            found_version: String::new(),
        }
    }
}

/// How a guest gets its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Contract {
    /// The Lambda Runtime API over HTTP, for `provided.*` and every official client.
    PullHttp,
    /// The same in length-prefixed frames over a Unix socket, for our own guests.
    PullFramed,
    /// A WebAssembly module or component, for which every request is run anew.
    Wasm,
}

/// A runtime's file says what it must not, or lacks what it must.
#[derive(Debug)]
pub struct InvalidRuntime(pub String);

impl std::fmt::Display for InvalidRuntime {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for InvalidRuntime {}
