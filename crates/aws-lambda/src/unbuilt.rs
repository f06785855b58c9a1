//! Members that AWS takes and this does not: refused by name, unless they say what is the case anyway.

use model::Fault;
use serde_json::{Map, Value};

use crate::faults;

/// Fails when a member of these names asks for anything.
pub fn refuse_unbuilt(members: &Map<String, Value>, names: &[&str], operation: &str) -> Result<(), Fault> {
    match names.iter().find(|name| members.get(**name).is_some_and(|value| !says_nothing(value))) {
        Some(name) => Err(faults::unbuilt(name, operation)),
        None => Ok(()),
    }
}

/// Empty, off, or `None` as SnapStart has it: `{"SubnetIds": [], "SecurityGroupIds": []}`, `{"ApplyOn": "None"}`.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(on) => !on,
        Value::Number(_) => false,
        Value::String(text) => text.is_empty() || text == "None",
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(says_nothing),
    }
}
