//! Families of runtimes, as the files of `runtimes/` describe them: one file stands for all versions of a language.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use sandbox::{Contract, Runtime};
use serde::Deserialize;

use super::search::Found;

const FILES: [&str; 3] = [
    include_str!("../../../../runtimes/python.toml"),
    include_str!("../../../../runtimes/nodejs.toml"),
    include_str!("../../../../runtimes/provided.toml"),
];

static FAMILIES: LazyLock<Vec<Family>> = LazyLock::new(|| {
    // Part of this binary: a test reads them all.
    FILES.iter().map(|text| toml::from_str(text).expect("the built-in runtimes are valid")).collect()
});

pub fn families() -> &'static [Family] {
    &FAMILIES
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Family {
    /// With `{version}` in it; a family without searches nothing.
    #[serde(default)]
    name: Option<String>,
    /// Of a family that needs nothing of the host.
    #[serde(default)]
    pub names: Vec<String>,
    #[serde(default)]
    command: Vec<String>,
    #[serde(default)]
    oldest: Option<String>,
    /// The file name to look for, maybe with `{version}` in it.
    #[serde(default)]
    pub executable: Option<String>,
    /// How many parts of the version the runtime's name has.
    #[serde(default)]
    version_parts: usize,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    guest: Option<String>,
    /// The program's arguments as a template, of versions before `template_before`.
    #[serde(default)]
    template: Vec<String>,
    #[serde(default)]
    template_before: Option<String>,
    contract: Contract,
    #[serde(default)]
    extensions: Option<String>,
    #[serde(default)]
    complete_with: Vec<String>,
    #[serde(default)]
    add: Option<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
}

impl Family {
    /// A runtime that is complete without anything of the host.
    pub fn provided(&self, name: &str) -> Runtime {
        Runtime {
            name: name.to_owned(),
            command: self.command.clone(),
            roots: Vec::new(),
            environment: Vec::new(),
            contract: self.contract,
            guest: None,
            template: Vec::new(),
            found_version: String::new(),
        }
    }

    /// The runtime that a found executable makes; `None` when it is older than the family's oldest.
    pub fn found(&self, found: &Found) -> Option<Runtime> {
        if found.version < parse(self.oldest.as_deref()?)? {
            return None;
        }
        let short = spell(found.version.get(..self.version_parts)?);
        let fill = |text: &str| text.replace("{version}", &short);
        let executable = found.executable.to_str()?.to_owned();
        let environment = self.environment.iter().map(|(name, value)| (name.clone(), fill(value)));
        Some(Runtime {
            name: fill(self.name.as_deref()?),
            command: [executable].into_iter().chain(self.arguments.iter().cloned()).collect(),
            roots: root(&found.executable).into_iter().collect(),
            environment: environment.collect(),
            contract: self.contract,
            guest: self.guest.clone(),
            template: if self.is_tried(&found.version) { self.template.clone() } else { Vec::new() },
            found_version: spell(&found.version),
        })
    }

    /// Whether forking was tried with this version.
    fn is_tried(&self, version: &[u32]) -> bool {
        let untried = self.template_before.as_deref().and_then(parse);
        untried.is_none_or(|untried| version < untried.as_slice())
    }

    /// Whether a file of this name may be the executable; for a name with a version in it, that it has the right form.
    pub fn may_be(&self, file_name: &str) -> bool {
        match self.executable.as_deref().map(|pattern| pattern.split_once("{version}")) {
            Some(Some((before, after))) => file_name
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after))
                .and_then(parse)
                .is_some_and(|version| version.len() == self.version_parts),
            Some(None) => self.executable.as_deref() == Some(file_name),
            None => false,
        }
    }

    /// How many of the parts that an installation may lack the one of this executable has.
    pub fn completeness(&self, executable: Option<&str>) -> usize {
        let (Some(extensions), Some(executable)) = (&self.extensions, executable.map(Path::new)) else {
            return 0;
        };
        let name = executable.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let version = name.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        let Some(prefix) = executable.parent().and_then(Path::parent) else { return 0 };
        let directory = prefix.join(extensions.replace("{version}", version));
        let files: Vec<String> = fs::read_dir(directory)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        let has = |module: &&String| files.iter().any(|file| file.split('.').next() == Some(module.as_str()));
        self.complete_with.iter().filter(has).count()
    }

    /// The version that a runtime's name asks of this family.
    pub fn version_of(&self, name: &str) -> Option<Vec<u32>> {
        let (before, after) = self.name.as_deref()?.split_once("{version}")?;
        parse(name.strip_prefix(before)?.strip_suffix(after)?)
    }

    /// What a person does to get a runtime of this family.
    pub fn how_to_add(&self, name: &str) -> Option<String> {
        let version = spell(&self.version_of(name)?);
        self.add.as_ref().map(|how| how.replace("{version}", &version))
    }
}

/// What of the host must be shown beyond its system directories: the installation around `bin/`.
fn root(executable: &Path) -> Option<PathBuf> {
    let prefix = executable.parent()?.parent()?;
    (!executable.starts_with("/usr") && !executable.starts_with("/bin")).then(|| prefix.to_owned())
}

pub fn parse(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

fn spell(version: &[u32]) -> String {
    version.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_files_are_valid_and_name_lambdas_runtimes() {
        let found = |path: &str, version: &str| {
            let found = Found { executable: path.into(), version: parse(version).unwrap() };
            families()
                .iter()
                .filter(|family| family.may_be(found.executable.file_name().unwrap().to_str().unwrap()))
                .find_map(|family| family.found(&found))
                .map(|runtime| (runtime.name, runtime.roots))
        };
        let root = |path: &str| vec![PathBuf::from(path)];
        assert_eq!(
            found("/root/.pyenv/versions/3.12.1/bin/python3.12", "3.12.1"),
            Some(("python3.12".into(), root("/root/.pyenv/versions/3.12.1")))
        );
        assert_eq!(found("/usr/bin/python3.11", "3.11.2"), Some(("python3.11".into(), vec![])));
        assert_eq!(found("/usr/bin/node", "20.19.0"), Some(("nodejs20.x".into(), vec![])));
        assert_eq!(found("/usr/bin/python3.7", "3.7.16"), None);
        assert_eq!(found("/usr/bin/python3", "3.11.2"), None);
        assert_eq!(found("/usr/bin/python3.11-config", "3.11.2"), None);
    }
}
