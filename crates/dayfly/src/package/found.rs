//! Looking at a directory: which language, which runtime, which handler.

use std::fs;
use std::path::{Path, PathBuf};

use sandbox_linux::Runtimes;

use crate::failed::Failed;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Python,
    Node,
    /// A program called `bootstrap`, or Rust that builds one.
    Native,
    /// A file that ends in `.wasm`, or Rust that builds one.
    Wasm,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub language: Language,
    pub runtime: String,
    pub handler: String,
}

/// Files that are looked at first, in this order; then all others by name.
const PYTHON_FILES: [&str; 5] = ["lambda_function.py", "app.py", "handler.py", "main.py", "index.py"];
const PYTHON_FUNCTIONS: [&str; 3] = ["lambda_handler", "handler", "main"];
const NODE_FILES: [&str; 8] =
    ["index.mjs", "index.js", "index.cjs", "app.mjs", "app.js", "handler.js", "main.js", "main.mjs"];

/// What the directory holds; what was asked for wins over what is seen.
pub fn look(
    directory: &Path,
    runtime: Option<&str>,
    handler: Option<&str>,
    runtimes: &Runtimes,
) -> Result<Found, Failed> {
    if !directory.is_dir() {
        return Err(Failed::new(format!("{} is no directory", directory.display())));
    }
    let language = match runtime {
        Some(runtime) => language_of(runtime)?,
        None => seen(directory)?,
    };
    let runtime = match runtime {
        Some(runtime) => runtime.to_owned(),
        None => newest(language, runtimes)?,
    };
    let handler = match (handler, language) {
        (Some(handler), _) => handler.to_owned(),
        (None, Language::Python) => python_handler(directory)?,
        (None, Language::Node) => node_handler(directory)?,
        (None, Language::Native) => "bootstrap".to_owned(),
        (None, Language::Wasm) => wasm_handler(directory)?,
    };
    Ok(Found { language, runtime, handler })
}

fn language_of(runtime: &str) -> Result<Language, Failed> {
    match runtime {
        _ if runtime.starts_with("python") => Ok(Language::Python),
        _ if runtime.starts_with("nodejs") => Ok(Language::Node),
        _ if runtime.starts_with("provided") => Ok(Language::Native),
        "wasm" => Ok(Language::Wasm),
        other => Err(Failed::new(format!(
            "deploy knows python*, nodejs*, provided.* and wasm runtimes, not {other}"
        ))),
    }
}

fn seen(directory: &Path) -> Result<Language, Failed> {
    let has = |name: &str| directory.join(name).exists();
    let endings = |wanted: &[&str]| {
        files(directory).iter().any(|file| {
            file.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| wanted.contains(&ending))
        })
    };
    if has("requirements.txt") || endings(&["py"]) {
        Ok(Language::Python)
    } else if has("package.json") || endings(&["mjs", "js", "cjs"]) {
        Ok(Language::Node)
    } else if endings(&["wasm"]) || (has("Cargo.toml") && builds_wasm(directory)) {
        Ok(Language::Wasm)
    } else if has("bootstrap") || has("Cargo.toml") {
        Ok(Language::Native)
    } else {
        Err(Failed::new(format!(
            "{} has no Python, Node.js, bootstrap, .wasm or Cargo.toml in it; name a --runtime",
            directory.display()
        )))
    }
}

/// The newest of that language that this machine has.
pub fn newest(language: Language, runtimes: &Runtimes) -> Result<String, Failed> {
    let prefix = match language {
        Language::Python => "python",
        Language::Node => "nodejs",
        Language::Native => return Ok("provided.al2023".to_owned()),
        Language::Wasm => return Ok("wasm".to_owned()),
    };
    let version = |name: &str| -> Vec<u32> {
        name.split(|letter: char| !letter.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    let names = runtimes.all().map(|runtime| runtime.name.as_str()).filter(|name| name.starts_with(prefix));
    let newest = names.max_by_key(|name| version(name));
    newest.map(str::to_owned).ok_or_else(|| {
        let missing =
            runtimes.get(&format!("{prefix}0")).map_or_else(|missing| missing.to_string(), |_| String::new());
        Failed::new(missing)
    })
}

/// The directory's own files, by name.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn python_handler(directory: &Path) -> Result<String, Failed> {
    let first = PYTHON_FILES.iter().map(|name| directory.join(name));
    let others =
        files(directory).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "py"));
    for path in first.chain(others) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let defines = |name: &&&str| {
            text.lines().any(|line| {
                let line = line.strip_prefix("async ").unwrap_or(line);
                line.strip_prefix("def ")
                    .and_then(|rest| rest.strip_prefix(**name))
                    .is_some_and(|rest| rest.trim_start().starts_with('('))
            })
        };
        if let Some(name) = PYTHON_FUNCTIONS.iter().find(defines) {
            return Ok(format!("{}.{name}", stem(&path)));
        }
    }
    Err(Failed::new(
        "no Python file here defines lambda_handler, handler or main; name a --handler such as app.handler",
    ))
}

fn node_handler(directory: &Path) -> Result<String, Failed> {
    let declared = fs::read_to_string(directory.join("package.json")).ok().and_then(|text| {
        let package: serde_json::Value = serde_json::from_str(&text).ok()?;
        package["main"].as_str().map(|main| directory.join(main))
    });
    let named = NODE_FILES.iter().map(|name| directory.join(name));
    let file = declared.into_iter().chain(named).find(|path| path.is_file());
    let file = file.ok_or_else(|| {
        Failed::new(
            "no index.mjs, index.js or \"main\" of package.json here; name a --handler such as index.handler",
        )
    })?;
    let below = file.strip_prefix(directory).unwrap_or(&file).with_extension("");
    let below = below.display().to_string();
    Ok(format!("{}.handler", below.trim_start_matches("./")))
}

/// Whether cargo is told to build for WebAssembly.
fn builds_wasm(directory: &Path) -> bool {
    let config = fs::read_to_string(directory.join(".cargo/config.toml")).unwrap_or_default();
    let config: toml::Table = config.parse().unwrap_or_default();
    let target = config.get("build").and_then(|build| build.get("target")).and_then(toml::Value::as_str);
    target.is_some_and(|target| target.starts_with("wasm32-wasi"))
}

/// The only module, by its name; one that is yet to be built is called as its package.
fn wasm_handler(directory: &Path) -> Result<String, Failed> {
    let ending = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "wasm");
    let modules: Vec<PathBuf> = files(directory).into_iter().filter(ending).collect();
    match modules.as_slice() {
        [one] => Ok(stem(one)),
        [] => {
            let text = fs::read_to_string(directory.join("Cargo.toml")).unwrap_or_default();
            let package: toml::Table = text.parse().unwrap_or_default();
            let name =
                package.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
            name.map(str::to_owned)
                .ok_or_else(|| Failed::new(format!("{} has no .wasm file in it", directory.display())))
        }
        _ => Err(Failed::new("there are several .wasm files here; name a --handler")),
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &str)], expected: Result<(Language, &str), &str>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        // What the machine has does not matter here.
        let runtime = |language| match language {
            Language::Python => "python3.12",
            Language::Node => "nodejs22.x",
            Language::Native => "provided.al2023",
            Language::Wasm => "wasm",
        };
        let found = seen(folder.path())
            .and_then(|language| look(folder.path(), Some(runtime(language)), None, &Runtimes::default()));
        match (found, expected) {
            (Ok(found), Ok((language, handler))) => {
                assert_eq!((found.language, found.handler.as_str()), (language, handler), "{files:?}");
            }
            (Err(failed), Err(part)) => assert!(failed.to_string().contains(part), "{failed}"),
            (found, expected) => panic!("{files:?}: {found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn language_and_handler_are_found() {
        check(
            &[("app.py", "import os\ndef handler(event, context):\n")],
            Ok((Language::Python, "app.handler")),
        );
        check(
            &[("lambda_function.py", "def lambda_handler(e, c): pass")],
            Ok((Language::Python, "lambda_function.lambda_handler")),
        );
        check(
            &[("resize.py", "async def main (e): pass"), ("b.py", "")],
            Ok((Language::Python, "resize.main")),
        );
        check(&[("app.py", "x = 1")], Err("--handler"));
        check(&[("index.mjs", "")], Ok((Language::Node, "index.handler")));
        check(
            &[("package.json", "{\"main\": \"./src/x.js\"}"), ("src/x.js", "")],
            Ok((Language::Node, "src/x.handler")),
        );
        check(&[("package.json", "{}")], Err("--handler"));
        check(&[("bootstrap", "")], Ok((Language::Native, "bootstrap")));
        check(&[("Cargo.toml", "")], Ok((Language::Native, "bootstrap")));
        check(&[("app.wasm", "")], Ok((Language::Wasm, "app")));
        check(&[("a.wasm", ""), ("b.wasm", "")], Err("--handler"));
        let rust = [
            ("Cargo.toml", "[package]\nname = \"x-y\""),
            (".cargo/config.toml", "[build]\ntarget = \"wasm32-wasip1\""),
        ];
        check(&rust, Ok((Language::Wasm, "x-y")));
        check(&[("notes.txt", "")], Err("--runtime"));
    }
}
