//! Directories copied and zipped. The same files give the same zip, byte for byte.

use std::fs;
use std::io::{Cursor, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::failed::Failed;

/// What custom runtimes are started by: it can be executed, also where a checkout lost that.
const STARTED: &str = "bootstrap";

/// Copies what is in `from` into `to`, but for names that are left out wherever they are. Links are followed: a package
/// holds none.
pub fn copy(from: &Path, to: &Path, left_out: &[&str]) -> Result<(), Failed> {
    let reading = || format!("reading {}", from.display());
    for entry in fs::read_dir(from).map_err(Failed::because(reading()))? {
        let entry = entry.map_err(Failed::because(reading()))?;
        let name = entry.file_name();
        if left_out.iter().any(|left_out| name == *left_out) || name.to_string_lossy().ends_with(".pyc") {
            continue;
        }
        let (path, copied) = (entry.path(), to.join(&name));
        let about = fs::metadata(&path).map_err(Failed::because(format!("reading {}", path.display())))?;
        if about.is_dir() {
            fs::create_dir_all(&copied).map_err(Failed::because("copying"))?;
            copy(&path, &copied, left_out)?;
        } else if about.is_file() {
            fs::copy(&path, &copied).map_err(Failed::because(format!("copying {}", path.display())))?;
        }
    }
    Ok(())
}

/// The zip of a directory: names in order, no times, and of the permissions only whether a file can be executed.
pub fn zip(directory: &Path) -> Result<Vec<u8>, Failed> {
    let mut names = Vec::new();
    list(directory, "", &mut names)?;
    names.sort();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        let path = directory.join(&name);
        let content = fs::read(&path).map_err(Failed::because(format!("reading {}", path.display())))?;
        let mode = fs::metadata(&path).map_err(Failed::because("reading permissions"))?.permissions().mode();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(if mode & 0o111 == 0 && name != STARTED { 0o644 } else { 0o755 });
        zip.start_file(name, options).map_err(Failed::because("packing"))?;
        zip.write_all(&content).map_err(Failed::because("packing"))?;
    }
    Ok(zip.finish().map_err(Failed::because("packing"))?.into_inner())
}

fn list(directory: &Path, below: &str, names: &mut Vec<String>) -> Result<(), Failed> {
    let path = directory.join(below);
    for entry in fs::read_dir(&path).map_err(Failed::because(format!("reading {}", path.display())))? {
        let entry = entry.map_err(Failed::because("reading a directory"))?;
        let name = entry.file_name();
        let name = name
            .to_str()
            .ok_or_else(|| Failed::new(format!("{} has a name that is no UTF-8", entry.path().display())))?;
        let name = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            list(directory, &name, names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_give_the_same_zip() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (folder, order) in [(&one, ["b.py", "a/x.py"]), (&other, ["a/x.py", "b.py"])] {
            fs::create_dir(folder.path().join("a")).unwrap();
            for name in order {
                fs::write(folder.path().join(name), name).unwrap();
            }
            fs::create_dir(folder.path().join("__pycache__")).unwrap();
            fs::write(folder.path().join("__pycache__/b.pyc"), std::process::id().to_string()).unwrap();
        }
        let packed = |folder: &tempfile::TempDir| {
            let copied = tempfile::tempdir().unwrap();
            copy(folder.path(), copied.path(), &["__pycache__"]).unwrap();
            zip(copied.path()).unwrap()
        };
        assert_eq!(packed(&one), packed(&other));
    }
}
