//! Functions as answers show them.

use registry::{Function, LastUpdate, LogFormat, Packaging, State, Tracing};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::Lambda;
use crate::names::{LATEST, Named};

/// `FunctionConfiguration`.
pub type Configuration = Map<String, Value>;

impl Lambda {
    /// All that GetFunctionConfiguration shows; the ARN with the qualifier that was asked for.
    pub(crate) fn shown(&self, function: &Function, named: &Named) -> Configuration {
        let mut shown = listed(function, named.qualifier.as_deref());
        show_state(&mut shown, &function.state);
        show_last_update(&mut shown, &function.last_update);
        if let Some(arn) = self.runtime_version(function) {
            shown.insert("RuntimeVersionConfig".to_owned(), json!({ "RuntimeVersionArn": arn }));
        }
        shown
    }

    /// Names the very runtime that the function gets on this host.
    fn runtime_version(&self, function: &Function) -> Option<String> {
        let (runtime, _) = self.engine.parts.runtimes.get(&function.configuration.runtime).ok()?;
        let version = Sha256::digest(format!("{} {}", runtime.name, runtime.found_version));
        Some(format!("arn:aws:lambda:{}::runtime:{}", function.key.region, hex::encode(version)))
    }
}

/// What lists show. AWS: without state, last update and runtime version.
pub fn listed(function: &Function, qualifier: Option<&str>) -> Configuration {
    let configuration = &function.configuration;
    let named = Named { key: function.key.clone(), qualifier: qualifier.map(str::to_owned) };
    let mut shown = Map::new();
    let mut show = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    show("FunctionName", json!(function.key.name));
    show("FunctionArn", json!(named.arn()));
    show("Runtime", json!(configuration.runtime));
    show("Role", json!(configuration.role));
    show("Handler", json!(configuration.handler));
    show("CodeSize", json!(function.code.size));
    show("Description", json!(configuration.description));
    show("Timeout", json!(configuration.timeout_seconds));
    show("MemorySize", json!(configuration.memory_mib));
    show("LastModified", json!(function.last_modified.lambda()));
    show("CodeSha256", json!(function.code.sha256_base64()));
    show("Version", json!(LATEST));
    if let Some(variables) = &configuration.environment {
        show("Environment", json!({ "Variables": variables }));
    }
    let tracing = match configuration.tracing {
        Tracing::PassThrough => "PassThrough",
        Tracing::Active => "Active",
    };
    show("TracingConfig", json!({ "Mode": tracing }));
    show("RevisionId", json!(function.revision_id));
    let package = match function.packaging {
        Packaging::Zip => "Zip",
    };
    show("PackageType", json!(package));
    show("Architectures", json!([configuration.architecture.name()]));
    show("EphemeralStorage", json!({ "Size": configuration.tmp_mib }));
    show("SnapStart", json!({ "ApplyOn": "None", "OptimizationStatus": "Off" }));
    let format = match configuration.logging.format {
        LogFormat::Text => "Text",
    };
    show("LoggingConfig", json!({ "LogFormat": format, "LogGroup": configuration.logging.group }));
    shown
}

fn show_state(shown: &mut Configuration, state: &State) {
    let (name, code, reason) = match state {
        State::Pending => ("Pending", Some("Creating"), Some("The function is being created.")),
        State::Active { note } => ("Active", None, note.as_deref()),
        State::Failed { code, reason } => ("Failed", Some(code.as_str()), Some(reason.as_str())),
    };
    show_status(shown, "State", name, code, reason);
}

fn show_last_update(shown: &mut Configuration, last_update: &LastUpdate) {
    let (name, code, reason) = match last_update {
        LastUpdate::Successful => ("Successful", None, None),
        // AWS: also of an update, it is "being created".
        LastUpdate::InProgress => ("InProgress", Some("Creating"), Some("The function is being created.")),
        LastUpdate::Failed { code, reason } => ("Failed", Some(code.as_str()), Some(reason.as_str())),
    };
    show_status(shown, "LastUpdateStatus", name, code, reason);
}

fn show_status(
    shown: &mut Configuration,
    member: &str,
    name: &str,
    code: Option<&str>,
    reason: Option<&str>,
) {
    shown.insert(member.to_owned(), json!(name));
    if let Some(reason) = reason {
        shown.insert(format!("{member}Reason"), json!(reason));
    }
    if let Some(code) = code {
        shown.insert(format!("{member}ReasonCode"), json!(code));
    }
}
