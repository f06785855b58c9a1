//! Opening lines, names that say nothing, and the one home of `unsafe`.

use crate::files::Source;

const UNSAFE_HOME: &str = "crates/sandbox-linux/src/syscall";

const EMPTY_NAMES: [&str; 8] = ["manager", "helper", "helpers", "util", "utils", "common", "misc", "data"];

pub fn problems(sources: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for source in sources {
        let path = source.path.display().to_string();
        if !source.text.starts_with("//! ") {
            problems.push(format!("words: {path} does not begin with a line that says what lives here"));
        }
        let name = source.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if EMPTY_NAMES.contains(&name) {
            problems.push(format!("words: {path} has a name that says nothing"));
        }
        if path.contains("xtask/") || path.starts_with(UNSAFE_HOME) {
            continue;
        }
        for (index, line) in source.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if code.contains("unsafe {") || code.contains("unsafe fn") || code.contains("unsafe impl") {
                problems.push(format!("words: {path}:{}: unsafe has one home, {UNSAFE_HOME}", index + 1));
            }
        }
    }
    problems
}
