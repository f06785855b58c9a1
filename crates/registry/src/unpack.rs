//! Unpacking a package that a stranger made: bounded in bytes and entries, nothing outside its directory, no links.

use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Seek};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;
use zip::read::ZipFile;

use crate::limits::{UNZIPPED_BYTES, ZIP_ENTRIES};

/// Why a package was refused. The function's owner is told.
#[derive(Debug)]
pub enum BadPackage {
    /// No zip, or a damaged one.
    NotAZip(String),
    /// More than `UNZIPPED_BYTES` come out of it.
    TooLarge,
    TooManyEntries,
    /// An entry would be outside the package: `../x`, `/x`.
    Outside(String),
    /// An entry is a symbolic link, or something else that is neither file nor directory.
    NotAFile(String),
    /// Our side: the disk.
    Write(io::Error),
}

impl fmt::Display for BadPackage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // AWS: this very sentence.
            Self::NotAZip(_) => formatter.write_str(
                "Could not unzip uploaded file. Please check your file, then try to upload again.",
            ),
            Self::TooLarge => write!(formatter, "Unzipped size must be smaller than {UNZIPPED_BYTES} bytes"),
            Self::TooManyEntries => write!(formatter, "The package has more than {ZIP_ENTRIES} entries"),
            Self::Outside(name) => {
                write!(formatter, "The package's entry {name:?} lies outside of the package")
            }
            Self::NotAFile(name) => {
                write!(
                    formatter,
                    "The package's entry {name:?} is a link or a special file, which is not supported"
                )
            }
            Self::Write(error) => write!(formatter, "The package could not be written: {error}"),
        }
    }
}

impl std::error::Error for BadPackage {}

/// Unpacks `zip` into `folder`, which must exist and be empty. Everything in it becomes readable by everybody, and
/// what was executable by anybody stays executable. On failure the folder holds whatever was unpacked until then.
pub fn unpack(zip: impl Read + Seek, folder: &Path) -> Result<(), BadPackage> {
    let not_a_zip = |error: zip::result::ZipError| BadPackage::NotAZip(error.to_string());
    let mut archive = ZipArchive::new(zip).map_err(not_a_zip)?;
    if archive.len() > ZIP_ENTRIES {
        return Err(BadPackage::TooManyEntries);
    }
    let mut left = UNZIPPED_BYTES;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(not_a_zip)?;
        let path = inside(&entry)?;
        if entry.is_dir() {
            make_folder(&folder.join(path))?;
        } else {
            left -= write(&mut entry, &folder.join(path), left)?;
        }
    }
    Ok(())
}

fn inside<R: Read>(entry: &ZipFile<'_, R>) -> Result<PathBuf, BadPackage> {
    let name = entry.name().map_err(|error| BadPackage::NotAZip(error.to_string()))?;
    let kind = entry.unix_mode().unwrap_or(0) & 0o170_000;
    if !matches!(kind, 0 | 0o100_000 | 0o040_000) {
        return Err(BadPackage::NotAFile(name.into_owned()));
    }
    let path = Path::new(&*name);
    let ordinary = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    // A backslash is a separator to those who zip on Windows, and a way around checks to others.
    if name.is_empty() || name.contains(['\\', '\0']) || !path.components().all(ordinary) {
        return Err(BadPackage::Outside(name.into_owned()));
    }
    Ok(path.to_path_buf())
}

fn make_folder(path: &Path) -> Result<(), BadPackage> {
    DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(BadPackage::Write)
}

/// Gives the bytes that came out.
fn write<R: Read>(entry: &mut ZipFile<'_, R>, path: &Path, limit: u64) -> Result<u64, BadPackage> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let executable = entry.unix_mode().unwrap_or(0) & 0o111 != 0;
    let mode = if executable { 0o755 } else { 0o644 };
    // An entry that comes twice is the later one, as with any unzip.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(BadPackage::Write(error)),
        _ => {}
    }
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = opened.map_err(BadPackage::Write)?;
    // The sizes in a zip's directory are a claim: what comes out is counted.
    let mut bounded = entry.take(limit + 1);
    let written = io::copy(&mut bounded, &mut file).map_err(reading_or_writing)?;
    if written > limit { Err(BadPackage::TooLarge) } else { Ok(written) }
}

fn reading_or_writing(error: io::Error) -> BadPackage {
    match error.kind() {
        io::ErrorKind::InvalidData
        | io::ErrorKind::InvalidInput
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::Other => BadPackage::NotAZip(error.to_string()),
        _ => BadPackage::Write(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};
    use std::os::unix::fs::PermissionsExt;

    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip_of(fill: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        fill(&mut zip);
        zip.finish().unwrap().into_inner()
    }

    fn file(zip: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, mode: u32, content: &[u8]) {
        zip.start_file(name, SimpleFileOptions::default().unix_permissions(mode)).unwrap();
        zip.write_all(content).unwrap();
    }

    fn unpacked(zip: &[u8]) -> (tempfile::TempDir, Result<(), BadPackage>) {
        let folder = tempfile::tempdir().unwrap();
        let result = unpack(Cursor::new(zip), folder.path());
        (folder, result)
    }

    #[test]
    fn files_become_readable_and_programs_stay_executable() {
        let zip = zip_of(|zip| {
            file(zip, "app.py", 0o600, b"x = 1");
            file(zip, "bin/tool", 0o700, b"#!/bin/sh");
            zip.add_directory("empty/", SimpleFileOptions::default()).unwrap();
        });
        let (folder, result) = unpacked(&zip);
        result.unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("app.py"), mode("bin/tool"), mode("empty")), (0o644, 0o755, 0o755));
        assert_eq!(fs::read(folder.path().join("app.py")).unwrap(), b"x = 1");
    }

    #[test]
    fn ways_out_are_refused() {
        for name in ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "a\\b"] {
            let (folder, result) = unpacked(&zip_of(|zip| file(zip, name, 0o644, b"")));
            assert!(matches!(result, Err(BadPackage::Outside(_))), "{name}: {result:?}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{name}");
        }
    }

    #[test]
    fn links_are_refused() {
        let zip = zip_of(|zip| zip.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap());
        assert!(matches!(unpacked(&zip).1, Err(BadPackage::NotAFile(_))));
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let zeros = vec![0; 1 << 20];
        let zip = zip_of(|zip| {
            for index in 0..251 {
                file(zip, &format!("zeros{index}"), 0o644, &zeros);
            }
        });
        assert!(zip.len() < 1 << 20);
        assert!(matches!(unpacked(&zip).1, Err(BadPackage::TooLarge)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_unpacked(bytes: Vec<u8>) {
            let _ = unpacked(&bytes);
        }

        #[test]
        fn a_damaged_zip_does_not_panic(position in 0..200usize, value: u8) {
            let mut zip = zip_of(|zip| file(zip, "a.txt", 0o644, b"some text, some text, some text"));
            let position = position % zip.len();
            zip[position] = value;
            let _ = unpacked(&zip);
        }
    }
}
