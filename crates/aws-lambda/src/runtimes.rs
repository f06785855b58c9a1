//! The runtimes that Lambda has names for, whether this host has them or not.

use model::Fault;

use crate::faults;

/// Source: API reference, `CreateFunction`, August 2026.
const NAMES: [&str; 51] = [
    "nodejs",
    "nodejs4.3",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs18.x",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "nodejs26.x",
    "nodejs4.3-edge",
    "java8",
    "java8.al2",
    "java8.al2023",
    "java11",
    "java11.al2023",
    "java17",
    "java17.al2023",
    "java21",
    "java25",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.15",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "dotnet6",
    "dotnet8",
    "dotnet10",
    "go1.x",
    "ruby2.5",
    "ruby2.7",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "ruby4.0",
    "provided",
    "provided.al2",
    "provided.al2023",
];

/// What this platform runs besides.
const OURS: [&str; 1] = ["wasm"];

/// Those of them that are of the past: Lambda takes no new code for them, and this platform has no guest for them.
/// Source: Lambda developer guide, "Lambda runtimes", deprecated runtimes.
const RETIRED: [&str; 19] = [
    "nodejs",
    "nodejs4.3",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs4.3-edge",
    "python2.7",
    "python3.6",
    "python3.7",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "ruby2.5",
    "provided",
];

/// Those that Lambda has SnapStart for. Source: developer guide, "Improving startup performance with Lambda SnapStart".
const SNAP_START: [&str; 12] = [
    "java11",
    "java11.al2023",
    "java17",
    "java17.al2023",
    "java21",
    "java25",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.15",
    "dotnet8",
    "dotnet10",
];

/// Those that a layer may say it is for.
pub fn of_layers() -> Vec<&'static str> {
    NAMES.iter().chain(&OURS).chain(&["custom"]).copied().collect()
}

pub fn has_snap_start(name: &str) -> bool {
    SNAP_START.contains(&name)
}

/// Fails when Lambda knows no such runtime, or no longer takes code for it.
pub fn check_known(name: &str) -> Result<(), Fault> {
    if RETIRED.contains(&name) {
        return Err(faults::invalid_parameter(format!(
            "The runtime parameter of {name} is no longer supported for creating or updating AWS Lambda functions. We \
             recommend you use a supported runtime while creating or updating functions."
        )));
    }
    if NAMES.contains(&name) || OURS.contains(&name) {
        return Ok(());
    }
    // AWS: without quotes and without counting, unlike the model's own constraints.
    let all = NAMES.join(", ");
    Err(faults::invalid_parameter(format!(
        "Value {name} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{all}] or be a \
         valid ARN"
    )))
}
