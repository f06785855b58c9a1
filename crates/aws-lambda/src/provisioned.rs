//! Provisioned concurrency as callers name it and as answers show it.

use model::Fault;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use service::Call;

use crate::constraints::Constraints;
use crate::engine::Held;
use crate::faults;
use crate::names::Named;

/// `FunctionName` and `Qualifier`, which must be there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QualifiedInput {
    function_name: String,
    qualifier: Option<String>,
}

impl QualifiedInput {
    pub fn named(&self, call: &Call) -> Result<Named, Fault> {
        named(call, &self.function_name, self.qualifier.as_deref())
    }
}

pub fn named(call: &Call, name: &str, qualifier: Option<&str>) -> Result<Named, Fault> {
    let named = Named::read(call, name, qualifier)?;
    let mut constraints = Constraints::default();
    constraints.present("qualifier", named.qualifier.as_ref());
    constraints.end()?;
    if named.is_latest() {
        let message = "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
        return Err(faults::invalid_parameter(message));
    }
    Ok(named)
}

/// `GetProvisionedConcurrencyConfigResponse`.
pub fn shown(held: &Held) -> Map<String, Value> {
    let requested = held.provisioned.calls as usize;
    let ready = held.ready.min(requested);
    let status = match &held.failed {
        _ if ready == requested => "READY",
        Some(_) => "FAILED",
        None => "IN_PROGRESS",
    };
    let mut shown = Map::new();
    let mut show = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    show("RequestedProvisionedConcurrentExecutions", json!(requested));
    show("AllocatedProvisionedConcurrentExecutions", json!(ready));
    show("AvailableProvisionedConcurrentExecutions", json!(ready));
    show("Status", json!(status));
    if let (Some(reason), "FAILED") = (&held.failed, status) {
        show("StatusReason", json!(reason));
    }
    show("LastModified", json!(held.provisioned.last_modified.lambda()));
    shown
}
