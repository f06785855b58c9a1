//! Native functions: a program called `bootstrap` that is there, or that cargo builds.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{archive, tools};
use crate::failed::Failed;
use crate::show::Progress;

pub fn bring(directory: &Path, into: &Path, progress: &Progress) -> Result<(), Failed> {
    if directory.join("bootstrap").is_file() {
        return archive::copy(directory, into, &["target", ".git"]);
    }
    progress.doing("Building with cargo");
    let target = directory.join("target");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--quiet", "--bin", "bootstrap", "--target-dir"]).arg(&target);
    tools::run(cargo.current_dir(directory), "building the function")?;
    let built = target.join("release/bootstrap");
    fs::copy(&built, into.join("bootstrap"))
        .map_err(Failed::because(format!("copying {}", built.display())))?;
    Ok(())
}
