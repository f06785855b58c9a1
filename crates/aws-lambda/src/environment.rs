//! The environment variables that an owner may give a function.

use std::collections::BTreeMap;

use model::Fault;

use crate::constraints::{Constraints, is_of};
use crate::{faults, limits};

const NAME_PATTERN: &str = "[a-zA-Z]([a-zA-Z0-9_])+";

/// Source: Lambda developer guide, "Defined runtime environment variables", the reserved ones. Those that begin with
/// an underscore are no valid names in the first place.
const RESERVED: [&str; 16] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

const UNABLE: &str = "Lambda was unable to configure your environment variables because the environment variables you have provided";

/// Adds names that are malformed.
pub fn check(constraints: &mut Constraints, variables: &BTreeMap<String, String>) {
    let valid = |name: &&String| {
        name.len() > 1 && name.starts_with(|first: char| first.is_ascii_alphabetic()) && is_of(name, "_")
    };
    if let Some(name) = variables.keys().find(|name| !valid(name)) {
        let rule = format!(
            "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: {NAME_PATTERN}]"
        );
        constraints.fails("environment.variables", format!("{{{name}}}"), rule);
    }
}

/// Fails on reserved names and on too much of all.
pub fn check_values(variables: &BTreeMap<String, String>) -> Result<(), Fault> {
    let reserved: Vec<_> =
        variables.keys().map(String::as_str).filter(|name| RESERVED.contains(name)).collect();
    if !reserved.is_empty() {
        return Err(faults::invalid_parameter(format!(
            "{UNABLE} contains reserved keys that are currently not supported for modification. Reserved keys used in \
             this request: {}",
            reserved.join(", ")
        )));
    }
    // AWS: measured as the JSON document that they are kept as.
    let measured = serde_json::json!(variables).to_string();
    if measured.len() > limits::ENVIRONMENT_BYTES {
        return Err(faults::invalid_parameter(format!(
            "{UNABLE} exceeded the 4KB limit. String measured: {measured}"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_all(name: &str, value: &str) -> String {
        let variables = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let mut constraints = Constraints::default();
        check(&mut constraints, &variables);
        match constraints.end().and_then(|()| check_values(&variables)) {
            Ok(()) => String::new(),
            Err(fault) => fault.message,
        }
    }

    #[test]
    fn names_and_sizes_are_bounded() {
        for (name, value, expected) in [
            ("STAGE", "prod", ""),
            ("A1", "", ""),
            ("A", "x", "Map keys must satisfy constraint"),
            ("1A", "x", "Map keys must satisfy constraint"),
            ("_HANDLER", "x", "Map keys must satisfy constraint"),
            ("A-B", "x", "Map keys must satisfy constraint"),
            ("AWS_REGION", "x", "Reserved keys used in this request: AWS_REGION"),
            ("BIG", &"x".repeat(4_086), ""),
            ("BIG", &"x".repeat(4_087), "exceeded the 4KB limit. String measured: {\"BIG\":"),
        ] {
            let found = check_all(name, value);
            assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{name}: {found}");
        }
    }
}
