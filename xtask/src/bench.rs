//! `cargo xtask bench`: builds what measures and runs it; the figures land in bench/results/.

use crate::run;

pub fn run(arguments: &[&str]) -> Result<(), String> {
    run::run(run::command("cargo", &["build", "--release", "--package", "dayfly", "--package", "testkit"]))?;
    let mut bench = run::command(run::top().join("target/release/bench"), arguments);
    bench.arg("--results").arg(run::top().join("bench/results"));
    run::run(bench)
}

/// The dispatcher's policy against a made-up week.
pub fn simulate() -> Result<(), String> {
    let arguments = ["run", "--release", "--quiet", "--package", "testkit", "--bin", "simulate"];
    run::run(run::command("cargo", &arguments))
}
