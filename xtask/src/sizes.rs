//! Small rooms: files up to 400 lines, functions up to 70, and the spawner as small as one can review.

use crate::files::Source;

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 70;

/// What decides in the process that has every right over the machine.
const SPAWNER: [&str; 2] = ["crates/sandbox-linux/src/spawner/", "crates/sandbox-linux/src/request.rs"];
/// Of code: neither tests nor comments.
const SPAWNER_LINES: usize = 1500;

pub fn problems(sources: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for source in sources {
        let path = source.path.display();
        let lines = source.text.lines().count();
        // A file that says so in its opening lines is one table.
        let is_table = source.text.lines().take(5).any(|line| line.starts_with("//! Table:"));
        if lines > FILE_LINES && !is_table {
            problems.push(format!("sizes: {path} has {lines} lines, {FILE_LINES} are allowed"));
        }
        for (line, length) in long_functions(&source.text) {
            if !is_table {
                problems.push(format!(
                    "sizes: {path}:{line}: a function of {length} lines, {FUNCTION_LINES} are allowed"
                ));
            }
        }
    }
    let of_spawner =
        |source: &&Source| SPAWNER.iter().any(|place| source.path.display().to_string().starts_with(place));
    let lines: usize = sources.iter().filter(of_spawner).map(|source| code_lines(&source.text)).sum();
    if lines > SPAWNER_LINES {
        problems.push(format!("sizes: the spawner has {lines} lines of code, {SPAWNER_LINES} are allowed"));
    }
    problems
}

fn code_lines(text: &str) -> usize {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default().lines().map(str::trim_start);
    code.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

/// Where functions begin that are too long, and their lengths. Reads the shape that rustfmt gives: a function ends at
/// the first line that closes a brace at its own depth.
fn long_functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut long = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let words = trimmed.split("fn ").next().unwrap_or_default();
        let starts = trimmed.contains("fn ")
            && words.split_whitespace().all(|word| {
                matches!(word, "pub" | "async" | "const" | "unsafe" | "extern" | "\"C\"")
                    || word.starts_with("pub(")
            });
        if !starts {
            continue;
        }
        let close = format!("{}}}", &line[..line.len() - trimmed.len()]);
        let length = lines[index..].iter().position(|line| *line == close).map_or(0, |last| last + 1);
        if length > FUNCTION_LINES {
            long.push((index + 1, length));
        }
    }
    long
}
