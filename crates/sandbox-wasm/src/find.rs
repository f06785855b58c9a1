//! Which file of a package is meant, and what of it is called.

use std::fs;
use std::path::{Path, PathBuf};

/// The file, and the export to be called where the handler names one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    pub file: PathBuf,
    pub export: Option<String>,
}

/// The handler names a file, with or without `.wasm`, with an export behind a colon if one is meant; where there is just one
/// module and no file of that name, it may be the export alone. Fails with a sentence for people.
pub fn find(code: &Path, handler: &str) -> Result<Target, String> {
    let modules = modules_in(code)?;
    let named = |name: &str| {
        let with_ending = format!("{name}.wasm");
        modules.iter().find(|file| {
            let file = file.file_name().unwrap_or_default();
            file == name || file == with_ending.as_str()
        })
    };
    if let Some(file) = named(handler) {
        return Ok(Target { file: file.clone(), export: None });
    }
    if let Some((name, export)) = handler.split_once(':')
        && let Some(file) = named(name)
    {
        return Ok(Target { file: file.clone(), export: Some(export.to_owned()) });
    }
    match modules.as_slice() {
        [] => Err("the package has no file that ends in .wasm".to_owned()),
        [one] => Ok(Target { file: one.clone(), export: Some(handler.to_owned()) }),
        _ => Err(format!("the package has several modules, and none is called {handler}")),
    }
}

fn modules_in(code: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(code).map_err(|error| format!("the package cannot be read: {error}"))?;
    let is_module =
        |path: &PathBuf| path.extension().is_some_and(|ending| ending == "wasm") && path.is_file();
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_module).collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_names_a_file_or_what_it_exports() {
        for (files, handler, found) in [
            (&["app.wasm"][..], "app.wasm", "app.wasm"),
            (&["app.wasm"], "app", "app.wasm"),
            (&["app.wasm"], "app:run", "app.wasm run"),
            (&["app.wasm"], "run", "app.wasm run"),
            (&["app.wasm", "other.wasm"], "other", "other.wasm"),
            (&["app.wasm", "other.wasm"], "run", "the package has several modules, and none is called run"),
            (&["app.py"], "run", "the package has no file that ends in .wasm"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            files.iter().for_each(|file| fs::write(folder.path().join(file), "").unwrap());
            let told = find(folder.path(), handler).map_or_else(
                |error| error,
                |Target { file, export }| {
                    let file = file.file_name().unwrap().to_string_lossy().into_owned();
                    export.map_or(file.clone(), |export| format!("{file} {export}"))
                },
            );
            assert_eq!(told, found, "{files:?} {handler}");
        }
    }
}
