//! Python's packages: what `requirements.txt` asks for, by pip, for the interpreter that will run the function.

use std::path::{Path, PathBuf};
use std::process::Command;

use sandbox_linux::Runtimes;

use super::{archive, tools};
use crate::failed::Failed;
use crate::show::Progress;

/// What does not belong into a package of Python.
pub const LEFT_OUT: [&str; 6] = ["__pycache__", ".venv", "venv", ".pytest_cache", ".mypy_cache", ".git"];

/// Puts what `requirements.txt` asks for into `into`. What was installed once for the same file and interpreter is
/// taken again, so that the same directory gives the same package.
pub fn install(
    directory: &Path,
    into: &Path,
    runtime: &str,
    runtimes: &Runtimes,
    progress: &Progress,
) -> Result<(), Failed> {
    if !directory.join("requirements.txt").exists() {
        return Ok(());
    }
    let (_, kept) = installed(directory, runtime, runtimes, progress)?;
    archive::copy(&kept, into, &["__pycache__", "bin"])
}

/// The interpreter, and the directory in which what `requirements.txt` asks for is installed.
pub fn installed(
    directory: &Path,
    runtime: &str,
    runtimes: &Runtimes,
    progress: &Progress,
) -> Result<(PathBuf, PathBuf), Failed> {
    let requirements = std::fs::read(directory.join("requirements.txt"))
        .map_err(Failed::because("reading requirements.txt"))?;
    let (found, _) = runtimes.get_or_nearest(runtime).map_err(|missing| Failed::new(missing.to_string()))?;
    let python = found.command.first().cloned().unwrap_or_default();
    let kept = kept(&requirements, &found.found_version)?;
    if !kept.is_dir() {
        progress.doing("Installing requirements.txt");
        let parent = kept.parent().unwrap_or(&kept);
        std::fs::create_dir_all(parent).map_err(Failed::because("making the cache of packages"))?;
        let fresh = tempfile::tempdir_in(parent).map_err(Failed::because("making the cache of packages"))?;
        pip(&python, &found.found_version, directory, fresh.path())?;
        // Another deploy may have been faster: its result is as good.
        if std::fs::rename(fresh.path(), &kept).is_ok() {
            let _ = fresh.keep();
        }
    }
    Ok((PathBuf::from(python), kept))
}

fn pip(python: &str, version: &str, directory: &Path, into: &Path) -> Result<(), Failed> {
    let has_pip = |python: &str| tools::succeeds(Command::new(python).args(["-m", "pip", "--version"]));
    let own = has_pip(python);
    if !own && !has_pip("python3") {
        return Err(Failed::new(
            "installing requirements.txt needs pip, which this machine's Python lacks: apt install python3-pip",
        ));
    }
    let mut command = Command::new(if own { python } else { "python3" });
    command.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
        "--no-input",
    ]);
    command.args(["--root-user-action=ignore", "--requirement", "requirements.txt", "--target"]).arg(into);
    if !own {
        // Another interpreter's pip can bring wheels, but build nothing.
        let platform = format!("manylinux2014_{}", std::env::consts::ARCH);
        let minor: Vec<&str> = version.split('.').take(2).collect();
        command.args(["--only-binary=:all:", "--implementation", "cp", "--platform", &platform]);
        command.args(["--python-version", &minor.join(".")]);
    }
    tools::run(command.current_dir(directory), "installing requirements.txt")
}

/// Where the packages of these requirements are kept.
fn kept(requirements: &[u8], version: &str) -> Result<PathBuf, Failed> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache =
        cache.or_else(home).ok_or_else(|| Failed::new("there is no HOME to keep installed packages in"))?;
    let named = [requirements, b"\0python", version.as_bytes()].concat();
    Ok(cache.join("dayfly/packages").join(wire::sigv4::sha256_hex(&named)))
}
