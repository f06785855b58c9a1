//! Every library that is built in has a licence that may be passed on with Apache-2.0 code.

use serde_json::Value;

use crate::run;

const ALLOWED: [&str; 12] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "Unlicense",
    "CC0-1.0",
    "0BSD",
    "BSL-1.0",
];

pub fn problems() -> Result<Vec<String>, String> {
    let metadata = run::output_of(run::command("cargo", &["metadata", "--format-version", "1", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let mut problems = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let licence = package["license"].as_str().unwrap_or_default();
        if !is_allowed(licence) {
            problems.push(format!("licences: {} is under {licence:?}", package["name"]));
        }
    }
    Ok(problems)
}

/// Reads SPDX expressions without nesting beyond one pair of parentheses: any choice of an OR, all parts of an AND.
fn is_allowed(licence: &str) -> bool {
    let licence = licence.replace('/', " OR ");
    let all = licence.split(" AND ").map(|part| part.trim().trim_matches(['(', ')']).to_owned());
    let one = |part: &str| {
        part.split(" OR ").any(|choice| ALLOWED.contains(&choice.trim().trim_matches(['(', ')'])))
    };
    !licence.trim().is_empty() && (all.clone().all(|part| one(&part)) || one(&licence))
}
