//! A crate uses lower floors only.

use serde_json::Value;

use crate::run;

/// The floors, lowest first, as ARCHITECTURE.md shows them. A crate that is on none is a problem.
const FLOORS: [&[&str]; 7] = [
    &["model", "tasks"],
    &["store", "wire", "sandbox"],
    &[
        "service",
        "store-local",
        "sandbox-linux",
        "sandbox-wasm",
        "iam",
        "registry",
        "metering",
        "telemetry",
        "delivery",
    ],
    &["dispatch", "gateway", "aws-s3", "aws-logs", "aws-iam", "aws-sns", "aws-sqs"],
    &["aws-lambda", "admin"],
    &["server"],
    &["dayfly"],
];

/// Beside the house: they may use everything, nobody uses them.
const ASIDE: [&str; 3] = ["probes", "testkit", "xtask"];

/// Uses within a floor that are meant, each with its reason.
const WITHIN: [(&str, &str); 1] = [
    // Waiting and chance are measured in the model's times.
    ("tasks", "model"),
];

pub fn problems() -> Result<Vec<String>, String> {
    let metadata =
        run::output_of(run::command("cargo", &["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let mut problems = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        if ASIDE.contains(&name) {
            continue;
        }
        let Some(own) = floor(name) else {
            problems.push(format!("layers: {name} is on no floor"));
            continue;
        };
        for used in package["dependencies"].as_array().into_iter().flatten() {
            // What only tests use does not bend the house.
            let normal = used["kind"].is_null();
            let used = used["name"].as_str().unwrap_or_default();
            let upward = floor(used).is_some_and(|other| other >= own) || ASIDE.contains(&used);
            if normal && upward && !WITHIN.contains(&(name, used)) {
                problems.push(format!("layers: {name} uses {used}, which is not below it"));
            }
        }
    }
    Ok(problems)
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&name))
}
