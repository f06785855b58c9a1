//! House-keeping: `cargo xtask check`, `cargo xtask test`, `cargo xtask bench`, `cargo xtask coverage`.

mod bench;
mod check;
mod circles;
mod coverage;
mod files;
mod layers;
mod licences;
mod run;
mod sizes;
mod test;
mod words;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask check | test | bench | simulate | coverage

  check   format, clippy, layers, circles of files, sizes, opening lines, unsafe, names, licences
  test    all tests: crates, then the whole platform with real clients; installs what they need
  bench   the figures of the platform beside bare baselines, written to bench/results/
  coverage  which operations of AWS are built, written to docs/coverage.md
  simulate  how long idle instances are kept, played against a made-up week of calls";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => check::run(),
        ["test"] => test::run(),
        ["bench", ref rest @ ..] => bench::run(rest),
        ["coverage"] => coverage::run(),
        ["simulate"] => bench::simulate(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
