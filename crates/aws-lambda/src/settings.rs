//! The members that CreateFunction and UpdateFunctionConfiguration share: their constraints, and what becomes of them.

use std::collections::BTreeMap;

use model::{Arn, Fault};
use registry::{Configuration, LogFormat, SnapStart, Tracing};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::constraints::{Constraints, is_of};
use crate::unbuilt::refuse_unbuilt;
use crate::{environment, faults, layers, limits, runtimes};

const ROLE_PATTERN: &str = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+";

const TARGET_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()";

/// What a function is to be set to. What is absent stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Settings {
    pub role: Option<String>,
    pub runtime: Option<String>,
    pub handler: Option<String>,
    description: Option<String>,
    timeout: Option<i64>,
    memory_size: Option<i64>,
    environment: Option<Environment>,
    tracing_config: Option<TracingConfig>,
    ephemeral_storage: Option<EphemeralStorage>,
    logging_config: Option<LoggingConfig>,
    snap_start: Option<SnapStartSettings>,
    dead_letter_config: Option<DeadLetterConfig>,
    pub layers: Option<Vec<String>>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    variables: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TracingConfig {
    mode: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EphemeralStorage {
    size: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLetterConfig {
    target_arn: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SnapStartSettings {
    apply_on: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LoggingConfig {
    log_format: Option<String>,
    log_group: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What AWS takes in these places and this does not.
const UNBUILT: [&str; 11] = [
    "VpcConfig",
    "FileSystemConfigs",
    "ImageConfig",
    "KMSKeyArn",
    "CodeSigningConfigArn",
    "TenancyConfig",
    "CapacityProviderConfig",
    "DurableConfig",
    "RuntimeConfig",
    "AcceleratorConfig",
    "PublishTo",
];

impl Settings {
    /// Adds what is malformed.
    pub fn check(&self, constraints: &mut Constraints) {
        let role = self.role.as_deref();
        constraints.length("role", role, limits::ROLE_CHARS);
        constraints.pattern("role", role, ROLE_PATTERN, |role| role_of(role).is_some());
        let handler = self.handler.as_deref();
        constraints.length("handler", handler, limits::HANDLER_CHARS);
        constraints.pattern("handler", handler, r"[^\s]+", |handler| {
            !handler.is_empty() && !handler.contains(char::is_whitespace)
        });
        constraints.length("description", self.description.as_deref(), limits::DESCRIPTION_CHARS);
        constraints.range("timeout", self.timeout, limits::TIMEOUT_SECONDS);
        constraints.range("memorySize", self.memory_size, limits::MEMORY_MIB);
        if let Some(storage) = &self.ephemeral_storage {
            constraints.present("ephemeralStorage.size", storage.size.as_ref());
            constraints.range("ephemeralStorage.size", storage.size, limits::TMP_MIB);
        }
        let mode = self.tracing_config.as_ref().and_then(|tracing| tracing.mode.as_deref());
        constraints.one_of("tracingConfig.mode", mode, &["Active", "PassThrough"]);
        constraints.one_of("snapStart.applyOn", self.apply_on(), &["PublishedVersions", "None"]);
        let target = self.dead_letter_target();
        constraints.pattern("deadLetterConfig.targetArn", target, TARGET_PATTERN, |text| {
            text.is_empty() || text.parse::<Arn>().is_ok()
        });
        layers::check_used(constraints, self.layers.as_deref());
        if let Some(logging) = &self.logging_config {
            let group = logging.log_group.as_deref();
            constraints.one_of("loggingConfig.logFormat", logging.log_format.as_deref(), &["JSON", "Text"]);
            constraints.length("loggingConfig.logGroup", group, limits::LOG_GROUP_CHARS);
            constraints.pattern("loggingConfig.logGroup", group, r"[\.\-_/#A-Za-z0-9]+", |group| {
                is_of(group, ".-_/#")
            });
        }
        if let Some(variables) = self.variables() {
            environment::check(constraints, variables);
        }
    }

    /// Fails when something is asked for that is not built.
    pub fn refuse_unbuilt(&self, operation: &str) -> Result<(), Fault> {
        refuse_unbuilt(&self.rest, &UNBUILT, operation)?;
        let Some(logging) = &self.logging_config else { return Ok(()) };
        if logging.log_format.as_deref() == Some("JSON") {
            return Err(faults::unbuilt("LoggingConfig.LogFormat JSON", operation));
        }
        refuse_unbuilt(&logging.rest, &["ApplicationLogLevel", "SystemLogLevel"], operation)
    }

    /// Sets what is given. Fails when a value cannot be, in AWS's words.
    pub fn apply(&self, to: &mut Configuration) -> Result<(), Fault> {
        if let Some(runtime) = &self.runtime {
            runtimes::check_known(runtime)?;
            to.runtime = runtime.clone();
        }
        if let Some(role) = self.role.as_deref().and_then(role_of) {
            to.role = role;
        }
        if let Some(variables) = self.variables() {
            environment::check_values(variables)?;
            to.environment = Some(variables.clone()).filter(|variables| !variables.is_empty());
        }
        set(&mut to.handler, self.handler.as_ref());
        set(&mut to.description, self.description.as_ref());
        set(&mut to.timeout_seconds, self.timeout.map(|seconds| seconds as u32).as_ref());
        set(&mut to.memory_mib, self.memory_size.map(|mib| mib as u32).as_ref());
        let tmp = self.ephemeral_storage.as_ref().and_then(|storage| storage.size);
        set(&mut to.tmp_mib, tmp.map(|mib| mib as u32).as_ref());
        if let Some(mode) = self.tracing_config.as_ref().and_then(|tracing| tracing.mode.as_deref()) {
            to.tracing = if mode == "Active" { Tracing::Active } else { Tracing::PassThrough };
        }
        if let Some(logging) = &self.logging_config {
            to.logging.format = LogFormat::Text;
            set(&mut to.logging.group, logging.log_group.as_ref());
        }
        if let Some(target) = self.dead_letter_target() {
            to.dead_letter = dead_letter_of(target)?;
        }
        match self.apply_on() {
            Some("PublishedVersions") => to.snap_start = SnapStart::PublishedVersions,
            Some(_) => to.snap_start = SnapStart::Off,
            None => {}
        }
        check_snap_start(to)
    }

    fn dead_letter_target(&self) -> Option<&str> {
        let config = self.dead_letter_config.as_ref()?;
        Some(config.target_arn.as_deref().unwrap_or_default())
    }

    fn apply_on(&self) -> Option<&str> {
        self.snap_start.as_ref()?.apply_on.as_deref()
    }

    fn variables(&self) -> Option<&BTreeMap<String, String>> {
        self.environment.as_ref()?.variables.as_ref()
    }
}

/// The queue or topic that a checked text names; `None` where it is empty.
fn dead_letter_of(text: &str) -> Result<Option<Arn>, Fault> {
    let Ok(arn) = text.parse::<Arn>() else { return Ok(None) };
    if !matches!(&*arn.service, "sqs" | "sns") || arn.resource.ends_with(".fifo") {
        let message = format!("The dead letter target {arn} is no standard queue and no standard topic.");
        return Err(faults::invalid_parameter(message));
    }
    Ok(Some(arn))
}

/// AWS: what a function with SnapStart has to be. Source: developer guide, "Improving startup performance with Lambda
/// SnapStart".
fn check_snap_start(of: &Configuration) -> Result<(), Fault> {
    if of.snap_start == SnapStart::Off {
        return Ok(());
    }
    if !runtimes::has_snap_start(&of.runtime) {
        let message = format!("{} is not supported for SnapStart enabled functions.", of.runtime);
        return Err(faults::invalid_parameter(message));
    }
    if of.tmp_mib > limits::DEFAULT_TMP_MIB {
        let message = "SnapStart is not supported for functions with ephemeral storage of more than 512 MB.";
        return Err(faults::invalid_parameter(message));
    }
    Ok(())
}

fn set<T: Clone>(to: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        *to = value.clone();
    }
}

/// The role, when the text is a role's ARN.
pub fn role_of(text: &str) -> Option<Arn> {
    let role: Arn = text.parse().ok()?;
    let name = role.resource.strip_prefix("role")?;
    let name = name.strip_prefix('/').unwrap_or(name);
    let valid = role.service == "iam"
        && role.region.is_empty()
        && role.account.parse::<model::AccountId>().is_ok()
        && !name.is_empty()
        && is_of(name, "_+=,.@-/");
    valid.then_some(role)
}
