//! The demo's photos: made as a camera would make them, or the user's own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failed::Failed;
use crate::package;
use crate::show::Progress;

const MAKE: &str = include_str!("photos.py");

/// Four photos of 12 megapixels, held four ways, and a damaged one. Made by the Pillow that the function uses.
pub fn made(code: &Path, directory: &Path, quiet: bool) -> Result<Vec<PathBuf>, Failed> {
    let progress = Progress::new(quiet);
    progress.doing("Making photos of 12 megapixels");
    let folder = directory.join("photos");
    std::fs::create_dir(&folder).map_err(Failed::because("making a directory"))?;
    let runtimes = sandbox_linux::discover(&[]);
    let (python, packages) = package::python_with_requirements(code, &runtimes, &progress)?;
    let output = Command::new(python)
        .args(["-c", MAKE])
        .arg(&folder)
        .env("PYTHONPATH", packages)
        .output()
        .map_err(Failed::because("making photos"))?;
    progress.done();
    if !output.status.success() {
        return Err(Failed::new(format!("making photos: {}", String::from_utf8_lossy(&output.stderr))));
    }
    found(&folder)
}

/// The JPEGs of a folder, by name.
pub fn found(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let entries =
        std::fs::read_dir(folder).map_err(Failed::because(format!("reading {}", folder.display())))?;
    let is_photo = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        ["jpg", "jpeg"].contains(&ending.to_ascii_lowercase().as_str())
    };
    let mut photos: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_photo).collect();
    photos.sort();
    if photos.is_empty() {
        return Err(Failed::new(format!("{} has no JPEG in it", folder.display())));
    }
    Ok(photos)
}
