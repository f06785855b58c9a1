//! `cargo xtask test`: everything, installing what is needed on the way.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::{check, run};

/// Tests that passed, failed and were left out.
#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
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
    let text = tee(run::command("cargo", &["test", "--workspace", "--no-fail-fast"]))?;
    for line in text.lines().filter_map(|line| line.trim().strip_prefix("test result: ")) {
        let number = |word: &str| {
            let before = line.split(word).next().unwrap_or_default();
            before.split_whitespace().next_back().and_then(|number| number.parse::<usize>().ok()).unwrap_or(0)
        };
        counts.passed += number(" passed");
        counts.failed += number(" failed");
        counts.skipped += number(" ignored");
    }
    if text.contains("could not compile") { Err("the tests do not compile".to_owned()) } else { Ok(()) }
}

/// The whole platform with real clients, in a virtual environment of its own.
fn platform(counts: &mut Counts) -> Result<(), String> {
    run::run(run::command("cargo", &["build", "--package", "dayfly"]))?;
    let python = environment()?;
    let text = tee(run::command(&python, &["-m", "pytest", "-q", "--color=no", "tests/platform"]))?;
    let last = text.lines().rev().find(|line| line.contains(" in ")).unwrap_or_default().to_owned();
    let number = |word: &str| {
        let words: Vec<&str> = last.split([' ', ',']).filter(|piece| !piece.is_empty()).collect();
        let place = words.iter().position(|piece| piece.starts_with(word));
        place.and_then(|place| words.get(place.checked_sub(1)?)).and_then(|count| count.parse::<usize>().ok())
    };
    counts.passed += number("passed").unwrap_or(0);
    counts.failed += number("failed").unwrap_or(0) + number("error").unwrap_or(0);
    counts.skipped += number("skipped").unwrap_or(0);
    if number("passed").is_none() {
        Err("the tests of the whole platform did not run".to_owned())
    } else {
        Ok(())
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
    run::run(run::command("python3", &["-m", "venv", "--clear", &folder.display().to_string()]))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    let mut install = run::command(&python, &install);
    install.arg(&needs);
    run::run(install)?;
    fs::write(&made_for, wanted).map_err(|error| error.to_string())?;
    Ok(python)
}

/// Runs it, shows what it prints as it comes, and gives that too, whether it succeeds or not.
fn tee(mut command: Command) -> Result<String, String> {
    use std::io::{BufRead, BufReader};
    let shown = format!("{command:?}");
    let (reader, writer) = std::io::pipe().map_err(|error| error.to_string())?;
    let errors = writer.try_clone().map_err(|error| error.to_string())?;
    let mut child =
        command.stdout(writer).stderr(errors).spawn().map_err(|error| format!("{shown}: {error}"))?;
    drop(command);
    let mut text = String::new();
    for line in BufReader::new(reader).lines() {
        let line = line.map_err(|error| format!("{shown}: {error}"))?;
        println!("{line}");
        text.push_str(&line);
        text.push('\n');
    }
    child.wait().map_err(|error| format!("{shown}: {error}"))?;
    Ok(text)
}
