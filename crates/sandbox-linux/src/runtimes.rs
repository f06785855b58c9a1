//! Runtimes: what `runtimes/*.toml` describe, as found on this host, by the names that Lambda has for them.

mod family;
mod search;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use sandbox::Runtime;

use family::{Family, families};
use search::Found;

/// The runtimes of this host.
#[derive(Debug, Clone, Default)]
pub struct Runtimes {
    by_name: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    family: usize,
    version: Vec<u32>,
    runtime: Arc<Runtime>,
}

/// An asked runtime that this host does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRuntime {
    pub asked: String,
    /// All that the host has.
    pub present: Vec<String>,
    /// Of the same language, the one that comes closest: the next newer, else the newest.
    pub nearest: Option<String>,
}

impl fmt::Display for MissingRuntime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, present, .. } = self;
        write!(formatter, "This machine has no runtime {asked}. It has: {}.", present.join(", "))?;
        match families().iter().find_map(|family| family.how_to_add(asked)) {
            Some(how) => write!(formatter, " To add it: {how}"),
            None => formatter.write_str(" Dayfly knows Python, Node.js and provided.* runtimes."),
        }
    }
}

impl std::error::Error for MissingRuntime {}

/// Looks for every runtime of every family: in the system's directories, where the version managers put them, and
/// in the `bin` directories `extra`.
pub fn discover(extra: &[PathBuf]) -> Runtimes {
    let families = families();
    let directories = search::directories(extra);
    let mut by_name = BTreeMap::new();
    for (index, family) in families.iter().enumerate() {
        for name in &family.names {
            let entry = Entry { family: index, version: vec![], runtime: Arc::new(family.provided(name)) };
            by_name.insert(name.clone(), entry);
        }
    }
    for (index, found) in search::search(families, &directories) {
        add(&mut by_name, families, index, found);
    }
    Runtimes { by_name }
}

/// Of several installations of one runtime, the most complete and then the newest is kept.
fn add(by_name: &mut BTreeMap<String, Entry>, families: &[Family], index: usize, found: Found) {
    let family = &families[index];
    let Some(runtime) = family.found(&found) else { return };
    let better = match by_name.get(&runtime.name) {
        None => true,
        Some(known) => {
            let known_completeness = family.completeness(known.runtime.command.first().map(String::as_ref));
            let completeness = family.completeness(found.executable.to_str());
            (completeness, &found.version) > (known_completeness, &known.version)
        }
    };
    if better {
        let entry = Entry { family: index, version: found.version, runtime: Arc::new(runtime) };
        by_name.insert(entry.runtime.name.clone(), entry);
    }
}

impl Runtimes {
    /// The runtime that Lambda calls `name`.
    ///
    /// # Errors
    /// When the host has none: what there is instead.
    pub fn get(&self, name: &str) -> Result<Arc<Runtime>, MissingRuntime> {
        match self.by_name.get(name) {
            Some(entry) => Ok(Arc::clone(&entry.runtime)),
            None => Err(MissingRuntime {
                asked: name.to_owned(),
                present: self.by_name.keys().cloned().collect(),
                nearest: self.nearest(name),
            }),
        }
    }

    /// The runtime, or the one of the same language that comes closest, with a sentence that says so.
    ///
    /// # Errors
    /// When the host has none of that language.
    pub fn get_or_nearest(&self, name: &str) -> Result<(Arc<Runtime>, Option<String>), MissingRuntime> {
        match self.get(name) {
            Ok(runtime) => Ok((runtime, None)),
            Err(missing) => match missing.nearest.as_ref().and_then(|nearest| self.by_name.get(nearest)) {
                None => Err(missing),
                Some(entry) => {
                    let note =
                        format!("This machine has no {name}; the function runs on {}.", entry.runtime.name);
                    Ok((Arc::clone(&entry.runtime), Some(note)))
                }
            },
        }
    }

    /// Every runtime, by name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Runtime>> {
        self.by_name.values().map(|entry| &entry.runtime)
    }

    fn nearest(&self, name: &str) -> Option<String> {
        let families = families();
        let (index, asked) = families
            .iter()
            .enumerate()
            .find_map(|(index, family)| Some((index, family.version_of(name)?)))?;
        let mut candidates: Vec<&Entry> =
            self.by_name.values().filter(|entry| entry.family == index).collect();
        candidates.sort_by(|one, other| one.version.cmp(&other.version));
        let newer = candidates.iter().find(|entry| entry.version > asked);
        newer.or(candidates.last()).map(|entry| entry.runtime.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(executables: &[(&str, &[u32])]) -> Runtimes {
        let families = families();
        let mut by_name = BTreeMap::new();
        for (path, version) in executables {
            let index = usize::from(path.ends_with("node"));
            let family = families
                .iter()
                .position(|family| family.executable.as_deref() == Some(["python{version}", "node"][index]));
            let found = Found { executable: PathBuf::from(path), version: version.to_vec() };
            add(&mut by_name, families, family.unwrap(), found);
        }
        Runtimes { by_name }
    }

    #[test]
    fn a_missing_version_names_what_is_there_and_what_comes_closest() {
        let host = host(&[
            ("/usr/bin/python3.11", &[3, 11, 2]),
            ("/p/3.13.0/bin/python3.13", &[3, 13, 0]),
            ("/usr/bin/node", &[20, 9, 0]),
            ("/p/3.7.16/bin/python3.7", &[3, 7, 16]),
        ]);
        let nearest = |name: &str| {
            host.get(name).map(|runtime| runtime.name.clone()).map_err(|missing| missing.nearest)
        };
        for (asked, expected) in [
            ("python3.11", Ok("python3.11")),
            ("python3.12", Err(Some("python3.13"))),
            ("python3.8", Err(Some("python3.11"))),
            ("python3.14", Err(Some("python3.13"))),
            ("nodejs22.x", Err(Some("nodejs20.x"))),
            ("nodejs18.x", Err(Some("nodejs20.x"))),
            ("java21", Err(None)),
        ] {
            let expected = expected.map(str::to_owned).map_err(|name: Option<&str>| name.map(str::to_owned));
            assert_eq!(nearest(asked), expected, "{asked}");
        }
        let missing = host.get("python3.12").unwrap_err().to_string();
        assert!(missing.starts_with(
            "This machine has no runtime python3.12. It has: nodejs20.x, python3.11, python3.13."
        ));
    }

    #[test]
    fn of_two_installations_the_newer_is_taken() {
        let host =
            host(&[("/p/3.11.7/bin/python3.11", &[3, 11, 7]), ("/q/3.11.2/bin/python3.11", &[3, 11, 2])]);
        assert_eq!(host.get("python3.11").unwrap().found_version, "3.11.7");
    }
}
