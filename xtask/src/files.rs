//! The Rust files of the project.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run;

/// One file with its text.
pub struct Source {
    /// Below the top of the project.
    pub path: PathBuf,
    pub text: String,
}

/// Every Rust file that git does not ignore.
pub fn rust() -> Result<Vec<Source>, String> {
    let listed = run::output_of(run::command("git", &["ls-files", "-co", "--exclude-standard", "*.rs"]))?;
    let mut sources = Vec::new();
    for line in listed.lines() {
        let path = Path::new(line).to_owned();
        // Removed, but not yet from the index.
        let Ok(text) = fs::read_to_string(run::top().join(&path)) else { continue };
        sources.push(Source { path, text });
    }
    Ok(sources)
}
