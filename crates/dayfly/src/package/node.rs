//! Node's packages: what `package.json` asks for, by npm.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use super::tools;
use crate::failed::Failed;
use crate::show::Progress;

/// What does not belong into a package of Node; installed modules stay only where nothing says how to install them.
///
/// # Errors
/// When `package.json` cannot be read.
pub fn left_out(directory: &Path) -> Result<&'static [&'static str], Failed> {
    Ok(if has_dependencies(directory)? { &["node_modules", ".git"] } else { &[".git"] })
}

/// Installs into the copied directory what its `package.json` asks for.
pub fn install(copied: &Path, progress: &Progress) -> Result<(), Failed> {
    if !has_dependencies(copied)? {
        return Ok(());
    }
    progress.doing("Installing package.json");
    let locked = copied.join("package-lock.json").exists();
    let mut npm = Command::new("npm");
    npm.arg(if locked { "ci" } else { "install" });
    npm.args(["--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(copied);
    tools::run(&mut npm, "installing package.json")?;
    // npm's own notes of when and where it installed.
    let _ = std::fs::remove_file(copied.join("node_modules/.package-lock.json"));
    Ok(())
}

fn has_dependencies(directory: &Path) -> Result<bool, Failed> {
    let text = match std::fs::read_to_string(directory.join("package.json")) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Failed::because("reading package.json")(error)),
    };
    let package: serde_json::Value =
        serde_json::from_str(&text).map_err(Failed::because("package.json is no JSON"))?;
    Ok(package["dependencies"].as_object().is_some_and(|dependencies| !dependencies.is_empty()))
}
