//! `cargo xtask test`: everything, installing what is needed on the way.
//!
//! Machines that others use too make a test fail now and then that holds: what failed is run a second time, and what
//! passes then is said to be unsteady, by name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{check, run};

/// Tests that passed, failed and were left out.
#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

/// What a program printed, and whether it ended well.
struct Ran {
    text: String,
    success: bool,
}

pub fn run() -> Result<(), String> {
    let mut counts = Counts::default();
    check::run()?;
    crates(&mut counts)?;
    platform(&mut counts)?;
    println!("{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped);
    if counts.failed == 0 { Ok(()) } else { Err("some tests failed".to_owned()) }
}

/// The tests of the crates.
fn crates(counts: &mut Counts) -> Result<(), String> {
    let ran = tee(run::command("cargo", &["test", "--workspace", "--no-fail-fast"]))?;
    if ran.text.contains("could not compile") {
        return Err("the tests do not compile".to_owned());
    }
    let mut found = Counts::default();
    found.add_cargo(&ran.text);
    if !ran.success {
        found.failed = once_more(&failed_targets(&ran.text), &failed_tests(&ran.text))?;
    }
    counts.add(&found);
    Ok(())
}

/// How many tests fail again: of these targets those that failed, or all of a target that ended without naming one.
fn once_more(targets: &[String], tests: &[String]) -> Result<usize, String> {
    let mut failed = usize::from(targets.is_empty());
    let (mut ran, mut passed) = (false, 0);
    for target in targets {
        println!("\nonce more: cargo test {target} -- {}", tests.join(" "));
        let mut command = run::command("cargo", &["test"]);
        command.args(target.split(' ')).arg("--").args(tests);
        let second = tee(command)?;
        let mut found = Counts::default();
        found.add_cargo(&second.text);
        failed += if second.success { 0 } else { found.failed.max(1) };
        passed += found.passed;
        ran |= found.passed + found.failed > 0;
    }
    // A name that nothing answers to has not passed.
    failed += usize::from(failed == 0 && (!ran || passed < tests.len()));
    println!("unsteady: {passed} tests passed the second time");
    Ok(failed)
}

/// The tests that say they failed, as the harnesses take names.
fn failed_tests(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| {
        let usual = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"));
        let ours = line.strip_prefix("FAILED ").and_then(|rest| rest.rsplit_once(" (")).map(|(name, _)| name);
        usual.or(ours).map(str::to_owned)
    });
    lines.collect()
}

/// The targets that cargo says have failed, as it wants them named: `-p aws-s3 --lib`.
fn failed_targets(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| {
        let rest = line
            .trim()
            .strip_prefix('`')
            .or_else(|| line.split_once("to rerun pass `").map(|(_, rest)| rest))?;
        rest.strip_suffix('`').map(str::to_owned)
    });
    let mut targets: Vec<String> = lines.filter(|target| target.starts_with("-p ")).collect();
    targets.sort();
    targets.dedup();
    targets
}

/// The whole platform with real clients, in a virtual environment of its own.
fn platform(counts: &mut Counts) -> Result<(), String> {
    run::run(run::command("cargo", &["build", "--package", "dayfly"]))?;
    let python = environment()?;
    let ran = tee(pytest(&python, &[]))?;
    let mut found = Counts::of_pytest(&ran.text).ok_or("the tests of the whole platform did not run")?;
    if !ran.success {
        println!("\nonce more: what failed of the whole platform");
        let second = tee(pytest(&python, &["--last-failed"]))?;
        let again = Counts::of_pytest(&second.text).ok_or("the tests of the whole platform did not run")?;
        if second.success {
            println!("unsteady: {} tests passed the second time", again.passed);
        }
        found.passed += again.passed;
        found.failed = again.failed.max(usize::from(!second.success));
    }
    counts.add(&found);
    Ok(())
}

fn pytest(python: &Path, more: &[&str]) -> Command {
    let mut command = run::command(python, &["-m", "pytest", "-q", "--color=no", "--tb=short"]);
    command.args(["--durations=5", "-o", "cache_dir=target/pytest"]).args(more).arg("tests/platform");
    command
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Adds what the harnesses' closing lines say.
    fn add_cargo(&mut self, text: &str) {
        for line in text.lines().filter_map(|line| line.trim().strip_prefix("test result: ")) {
            let number = |word: &str| {
                let before = line.split(word).next().unwrap_or_default();
                let number = before.split_whitespace().next_back();
                number.and_then(|number| number.parse::<usize>().ok()).unwrap_or(0)
            };
            self.passed += number(" passed");
            self.failed += number(" failed");
            self.skipped += number(" ignored");
        }
    }

    /// What pytest's last line says; `None` when it counts nothing.
    fn of_pytest(text: &str) -> Option<Self> {
        let last = text.lines().rev().find(|line| line.contains(" in "))?;
        let number = |word: &str| {
            let words: Vec<&str> = last.split([' ', ',']).filter(|piece| !piece.is_empty()).collect();
            let place = words.iter().position(|piece| piece.starts_with(word))?;
            words.get(place.checked_sub(1)?)?.parse::<usize>().ok()
        };
        let (passed, failed, errors) = (number("passed"), number("failed"), number("error"));
        if passed.is_none() && failed.is_none() {
            return None;
        }
        Some(Self {
            passed: passed.unwrap_or(0),
            failed: failed.unwrap_or(0) + errors.unwrap_or(0),
            skipped: number("skipped").unwrap_or(0),
        })
    }
}

/// The Python of a virtual environment with the clients, made anew when what it needs has changed.
fn environment() -> Result<PathBuf, String> {
    let needs = run::top().join("tests/platform/requirements.txt");
    let folder = run::top().join("target/clients");
    let python = folder.join("bin/python");
    let wanted = fs::read_to_string(&needs).map_err(|error| format!("{}: {error}", needs.display()))?;
    let made_for = folder.join("made-for.txt");
    if fs::read_to_string(&made_for).is_ok_and(|made| made == wanted) {
        return Ok(python);
    }
    if !can_make_environments() {
        install_system_package("python3-venv")?;
    }
    run::run(run::command("python3", &["-m", "venv", "--clear", &folder.display().to_string()]))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    let mut install = run::command(&python, &install);
    install.arg(&needs);
    run::run(install)?;
    fs::write(&made_for, wanted).map_err(|error| error.to_string())?;
    Ok(python)
}

/// Debian's Python comes without the part that makes virtual environments.
fn can_make_environments() -> bool {
    run::output_of(run::command("python3", &["-c", "import ensurepip, venv"])).is_ok()
}

fn install_system_package(name: &str) -> Result<(), String> {
    println!("installing {name}");
    run::run(run::command("apt-get", &["update", "-qq"]))?;
    run::run(run::command("apt-get", &["install", "-y", "-qq", name]))
}

/// Runs it, shows what it prints as it comes, and gives that too.
fn tee(mut command: Command) -> Result<Ran, String> {
    use std::io::{BufRead, BufReader};
    let shown = format!("{command:?}");
    let (reader, writer) = std::io::pipe().map_err(|error| error.to_string())?;
    let errors = writer.try_clone().map_err(|error| error.to_string())?;
    let mut child =
        command.stdout(writer).stderr(errors).spawn().map_err(|error| format!("{shown}: {error}"))?;
    drop(command);
    let mut text = String::new();
    for line in BufReader::new(reader).split(b'\n') {
        let line = line.map_err(|error| format!("{shown}: {error}"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        text.push_str(&line);
        text.push('\n');
    }
    let status = child.wait().map_err(|error| format!("{shown}: {error}"))?;
    Ok(Ran { text, success: status.success() })
}
