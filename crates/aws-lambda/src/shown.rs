//! Functions as answers show them.

use registry::{LastUpdate, LogFormat, Packaging, SnapStart, State, Tracing, Version};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::Lambda;
use crate::names::Named;

/// `FunctionConfiguration`.
pub type Configuration = Map<String, Value>;

impl Lambda {
    /// All that GetFunctionConfiguration shows; the ARN with the qualifier that was asked for.
    pub(crate) fn shown(&self, version: &Version, qualifier: Option<&str>) -> Configuration {
        let mut shown = listed(version, qualifier);
        show_state(&mut shown, &version.state);
        show_last_update(&mut shown, &version.last_update);
        if let Some(arn) = self.runtime_version(version) {
            shown.insert("RuntimeVersionConfig".to_owned(), json!({ "RuntimeVersionArn": arn }));
        }
        shown
    }

    /// Names the very runtime that it gets on this host.
    fn runtime_version(&self, called: &Version) -> Option<String> {
        let (runtime, _) = self.engine.parts.runtimes.get(&called.configuration.runtime).ok()?;
        let version = Sha256::digest(format!("{} {}", runtime.name, runtime.found_version));
        Some(format!("arn:aws:lambda:{}::runtime:{}", called.key.region, hex::encode(version)))
    }
}

/// What lists of versions show.
pub fn qualified(version: &Version) -> Configuration {
    listed(version, Some(&version.id.to_string()))
}

/// What lists show. AWS: without state, last update and runtime version.
pub fn listed(version: &Version, qualifier: Option<&str>) -> Configuration {
    let configuration = &version.configuration;
    let named = Named { key: version.key.clone(), qualifier: qualifier.map(str::to_owned) };
    let mut shown = Map::new();
    let mut show = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    show("FunctionName", json!(version.key.name));
    show("FunctionArn", json!(named.arn()));
    show("Runtime", json!(configuration.runtime));
    show("Role", json!(configuration.role));
    show("Handler", json!(configuration.handler));
    show("CodeSize", json!(version.code.size));
    show("Description", json!(configuration.description));
    show("Timeout", json!(configuration.timeout_seconds));
    show("MemorySize", json!(configuration.memory_mib));
    show("LastModified", json!(version.last_modified.lambda()));
    show("CodeSha256", json!(version.code.sha256_base64()));
    show("Version", json!(version.id));
    if let Some(variables) = &configuration.environment {
        show("Environment", json!({ "Variables": variables }));
    }
    if let Some(target) = &configuration.dead_letter {
        show("DeadLetterConfig", json!({ "TargetArn": target }));
    }
    if !configuration.layers.is_empty() {
        let layers = configuration.layers.iter();
        let layers = layers.map(|layer| json!({ "Arn": layer.arn, "CodeSize": layer.code.size }));
        show("Layers", layers.collect());
    }
    let tracing = match configuration.tracing {
        Tracing::PassThrough => "PassThrough",
        Tracing::Active => "Active",
    };
    show("TracingConfig", json!({ "Mode": tracing }));
    show("RevisionId", json!(version.revision_id));
    let package = match version.packaging {
        Packaging::Zip => "Zip",
    };
    show("PackageType", json!(package));
    show("Architectures", json!([configuration.architecture.name()]));
    show("EphemeralStorage", json!({ "Size": configuration.tmp_mib }));
    let apply_on = match configuration.snap_start {
        SnapStart::Off => "None",
        SnapStart::PublishedVersions => "PublishedVersions",
    };
    let status = if version.has_snapshot() { "On" } else { "Off" };
    show("SnapStart", json!({ "ApplyOn": apply_on, "OptimizationStatus": status }));
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
