//! From a directory with code to a package that Lambda takes: the language is found by looking, what it needs is
//! installed, and the same code gives the same bytes.

mod archive;
mod found;
mod native;
mod node;
mod python;
mod tools;
mod wasm;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use sandbox_linux::Runtimes;

pub use tools::{run as run_tool, succeeds as tool_succeeds};

use crate::failed::Failed;
use crate::show::Progress;

/// A function's code, ready to be handed in.
pub struct Package {
    pub zip: Bytes,
    /// As Lambda names it.
    pub runtime: String,
    /// As Lambda spells it.
    pub handler: String,
}

/// An interpreter that packages are made for, and where what the directory requires is installed.
///
/// # Errors
/// When there is no Python, or what is required cannot be installed.
pub fn python_with_requirements(
    directory: &Path,
    runtimes: &Runtimes,
    progress: &Progress,
) -> Result<(PathBuf, PathBuf), Failed> {
    let runtime = found::newest(found::Language::Python, runtimes)?;
    python::installed(directory, &runtime, runtimes, progress)
}

/// Builds the package of a directory, or of one file that ends in `.wasm`. `runtime` and `handler` are found by looking when they are not given.
///
/// # Errors
/// When the directory has no code of a known language, or what it needs cannot be installed.
pub fn build(
    directory: &Path,
    runtime: Option<&str>,
    handler: Option<&str>,
    runtimes: &Runtimes,
    progress: &Progress,
) -> Result<Package, Failed> {
    let directory =
        &directory.canonicalize().map_err(Failed::because(format!("looking at {}", directory.display())))?;
    let staging = tempfile::tempdir().map_err(Failed::because("making a directory for the package"))?;
    let alone = directory.is_file() && directory.extension().is_some_and(|ending| ending == "wasm");
    if alone {
        wasm::alone(directory, staging.path())?;
    }
    let looked_at = if alone { staging.path() } else { directory };
    let found = found::look(looked_at, runtime, handler, runtimes)?;
    match found.language {
        found::Language::Python => {
            python::install(directory, staging.path(), &found.runtime, runtimes, progress)?;
            archive::copy(directory, staging.path(), &python::LEFT_OUT)?;
        }
        found::Language::Node => {
            archive::copy(directory, staging.path(), node::left_out(directory)?)?;
            node::install(staging.path(), progress)?;
        }
        found::Language::Wasm if alone => {}
        found::Language::Wasm => wasm::bring(directory, staging.path(), &found.handler, progress)?,
        found::Language::Native => native::bring(directory, staging.path(), progress)?,
    }
    progress.doing("Packing");
    let zip = archive::zip(staging.path())?.into();
    Ok(Package { zip, runtime: found.runtime, handler: found.handler })
}
