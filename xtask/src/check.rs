//! `cargo xtask check`: the rules of the house that a machine can see.

use crate::{circles, coverage, files, layers, licences, run, sizes, words};

pub fn run() -> Result<(), String> {
    let sources = files::rust()?;
    let mut problems = Vec::new();
    problems.extend(layers::problems()?);
    problems.extend(circles::problems(&sources));
    problems.extend(sizes::problems(&sources));
    problems.extend(words::problems(&sources));
    problems.extend(coverage::problems(&sources));
    problems.extend(licences::problems()?);
    for problem in &problems {
        eprintln!("{problem}");
    }
    run::run(run::command("cargo", &["fmt", "--all", "--check"]))?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    run::run(run::command("cargo", &clippy))?;
    match problems.len() {
        0 => {
            println!("check: {} files, no problem", sources.len());
            Ok(())
        }
        count => Err(format!("check: {count} problems")),
    }
}
