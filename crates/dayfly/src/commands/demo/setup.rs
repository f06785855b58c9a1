//! What a new machine may lack for the demo: pip, which Debian's Python comes without.

use std::process::Command;

use crate::failed::Failed;
use crate::package::{run_tool, tool_succeeds};
use crate::show::say;

/// Installs pip with the system's packages where there is none.
pub fn pip(quiet: bool) -> Result<(), Failed> {
    let missing = !tool_succeeds(Command::new("python3").args(["-m", "pip", "--version"]));
    if missing && tool_succeeds(Command::new("apt-get").arg("--version")) {
        if !quiet {
            say("This machine's Python has no pip: apt-get install python3-pip\n")?;
        }
        run_tool(Command::new("apt-get").args(["update", "-qq"]), "looking for system packages")?;
        let mut install = Command::new("apt-get");
        install.args(["install", "-y", "-qq", "python3-pip"]).env("DEBIAN_FRONTEND", "noninteractive");
        run_tool(&mut install, "installing python3-pip")?;
    }
    Ok(())
}
