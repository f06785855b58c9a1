//! WebAssembly: modules that are there, or that cargo builds for the target that `.cargo/config.toml` names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{archive, tools};
use crate::failed::Failed;
use crate::show::Progress;

/// `handler` is what the module is called.
pub fn bring(directory: &Path, into: &Path, handler: &str, progress: &Progress) -> Result<(), Failed> {
    if !directory.join("Cargo.toml").is_file() {
        return archive::copy(directory, into, &["target", ".git"]);
    }
    progress.doing("Building with cargo");
    let target = directory.join("target");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--quiet", "--target-dir"]).arg(&target);
    tools::run(cargo.current_dir(directory), "building the function")?;
    let built = built(&target, handler)
        .ok_or_else(|| Failed::new(format!("cargo built no {handler}.wasm below {}", target.display())))?;
    fs::copy(&built, into.join(format!("{handler}.wasm")))
        .map_err(Failed::because(format!("copying {}", built.display())))?;
    Ok(())
}

/// A library's file has no hyphens.
fn built(target: &Path, name: &str) -> Option<PathBuf> {
    let directories =
        fs::read_dir(target).into_iter().flatten().flatten().map(|entry| entry.path().join("release"));
    let files = directories.flat_map(|directory| {
        [name.to_owned(), name.replace('-', "_")].map(|name| directory.join(format!("{name}.wasm")))
    });
    let written = |file: &PathBuf| fs::metadata(file).and_then(|found| found.modified()).ok();
    files.filter(|file| file.is_file()).max_by_key(written)
}

/// A file alone is a package.
pub fn alone(file: &Path, into: &Path) -> Result<(), Failed> {
    let name = file.file_name().unwrap_or_default();
    fs::copy(file, into.join(name)).map_err(Failed::because(format!("copying {}", file.display())))?;
    Ok(())
}
