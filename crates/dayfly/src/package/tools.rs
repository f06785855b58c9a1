//! Running the tools that install what a function needs.

use std::process::{Command, Stdio};

use crate::failed::Failed;

/// Lines of a tool's output that are shown when it fails.
const SHOWN: usize = 15;

/// Runs it to its end.
///
/// # Errors
/// When it cannot be started or fails: with the end of what it said.
pub fn run(command: &mut Command, doing: &str) -> Result<(), Failed> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(Failed::because(format!("{doing}: starting {program}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(SHOWN)..];
    Err(Failed::new(format!("{doing} failed: {program} said:\n  {}", last.join("\n  "))))
}

/// Whether it ends well, whatever it says.
pub fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}
