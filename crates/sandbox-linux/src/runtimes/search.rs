//! Where runtimes lie on a host, and which version a program is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use super::family::{Family, parse};

/// A program that may be a runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Without links in it: what a version manager puts in front of its programs is never used.
    pub executable: PathBuf,
    pub version: Vec<u32>,
}

const SYSTEM: [&str; 2] = ["/usr/local/bin", "/usr/bin"];

/// Below a home directory, where version managers keep installations; each has a `bin` directory.
const MANAGED: [&str; 6] = [
    ".pyenv/versions",
    ".nvm/versions/node",
    ".local/share/uv/python",
    ".local/share/mise/installs/python",
    ".asdf/installs/python",
    ".asdf/installs/nodejs",
];

/// Every directory to look into.
pub fn directories(extra: &[PathBuf]) -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> = extra.to_vec();
    directories.extend(SYSTEM.iter().map(PathBuf::from));
    let homes: BTreeSet<PathBuf> =
        ["/root".into()].into_iter().chain(std::env::var_os("HOME").map(PathBuf::from)).collect();
    let managed = homes.iter().flat_map(|home| MANAGED.iter().map(|below| home.join(below)));
    let pyenv = std::env::var_os("PYENV_ROOT").map(|root| PathBuf::from(root).join("versions"));
    for installations in managed.chain(pyenv) {
        let entries = fs::read_dir(installations).into_iter().flatten().flatten();
        directories.extend(entries.map(|entry| entry.path().join("bin")));
    }
    directories
}

/// Every program in `directories` that may belong to a family, with the family's index. A program whose path does
/// not tell its version is asked for it, all of them at once.
pub fn search(families: &[Family], directories: &[PathBuf]) -> Vec<(usize, Found)> {
    let mut candidates: BTreeSet<(PathBuf, usize)> = BTreeSet::new();
    for directory in directories {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let family = families.iter().position(|family| family.may_be(name));
            if let (Some(family), Ok(executable)) = (family, fs::canonicalize(entry.path())) {
                candidates.insert((executable, family));
            }
        }
    }
    thread::scope(|scope| {
        let asking: Vec<_> = candidates
            .into_iter()
            .map(|(executable, family)| scope.spawn(move || Some((family, identify(executable)?))))
            .collect();
        asking.into_iter().filter_map(|asked| asked.join().ok().flatten()).collect()
    })
}

fn identify(executable: PathBuf) -> Option<Found> {
    let version = version_of_path(&executable).or_else(|| version_said_by(&executable))?;
    Some(Found { executable, version })
}

/// As version managers spell it: `3.12.1`, `v20.9.0`, `cpython-3.12.1-linux-x86_64-gnu`.
fn version_of_path(executable: &Path) -> Option<Vec<u32>> {
    let installation = executable.parent()?.parent()?.file_name()?.to_str()?;
    installation
        .split('-')
        .filter_map(|part| parse(part.strip_prefix('v').unwrap_or(part)))
        .find(|version| version.len() == 3)
}

/// `Python 3.11.2` or `v20.9.0`.
fn version_said_by(executable: &Path) -> Option<Vec<u32>> {
    let said =
        Command::new(executable).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let word = said.split_whitespace().last()?;
    let word = word.strip_prefix('v').unwrap_or(word);
    // A release candidate says `3.14.0rc1`.
    parse(word.trim_end_matches(|letter: char| !letter.is_ascii_digit()).split(['a', 'b', 'r', '+']).next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_managers_tell_the_version_by_their_paths() {
        for (path, expected) in [
            ("/root/.pyenv/versions/3.12.1/bin/python3.12", Some(vec![3, 12, 1])),
            ("/home/a/.nvm/versions/node/v20.9.0/bin/node", Some(vec![20, 9, 0])),
            (
                "/home/a/.local/share/uv/python/cpython-3.12.1-linux-x86_64-gnu/bin/python3.12",
                Some(vec![3, 12, 1]),
            ),
            ("/usr/bin/python3.11", None),
        ] {
            assert_eq!(version_of_path(Path::new(path)), expected, "{path}");
        }
    }
}
