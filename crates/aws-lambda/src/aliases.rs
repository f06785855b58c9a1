//! Aliases as callers ask for them and as answers show them.

use std::collections::BTreeMap;

use model::Fault;
use registry::{Alias, Split, VersionId};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use service::Call;

use crate::constraints::{Constraints, is_of};
use crate::names::Named;
use crate::{faults, limits};

const NAME_PATTERN: &str = "(?!^[0-9]+$)([a-zA-Z0-9-_]+)";
const VERSION_PATTERN: &str = r"(\$LATEST(\.PUBLISHED)?|[0-9]+)";

/// What CreateAlias and UpdateAlias say of an alias.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Settings {
    pub function_version: Option<String>,
    pub description: Option<String>,
    routing_config: Option<RoutingConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RoutingConfig {
    additional_version_weights: Option<BTreeMap<String, f64>>,
}

impl Settings {
    /// Adds what is malformed.
    pub fn check(&self, constraints: &mut Constraints) {
        check_version(constraints, self.function_version.as_deref());
        constraints.length("description", self.description.as_deref(), limits::DESCRIPTION_CHARS);
        let member = "routingConfig.additionalVersionWeights";
        for (version, weight) in self.weights().into_iter().flatten() {
            let shown = format!("{{{version}={weight}}}");
            if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
                let rule = "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, \
                            Member must have length greater than or equal to 1, Member must satisfy regular \
                            expression pattern: [0-9]+, Member must not be null]";
                constraints.fails(member, &shown, rule);
            }
            if !limits::WEIGHT.contains(weight) {
                let rule = "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, \
                            Member must have value greater than or equal to 0.0, Member must not be null]";
                constraints.fails(member, &shown, rule);
            }
        }
    }

    fn weights(&self) -> Option<&BTreeMap<String, f64>> {
        self.routing_config.as_ref()?.additional_version_weights.as_ref()
    }

    /// Sets what is given. Fails when it is no share of two versions.
    pub fn apply(&self, alias: &mut Alias) -> Result<(), Fault> {
        if let Some(version) = &self.function_version {
            alias.version = version_of(version)?;
        }
        if let Some(description) = &self.description {
            alias.description.clone_from(description);
        }
        if self.routing_config.is_some() {
            let weights: Vec<_> = self.weights().into_iter().flatten().collect();
            alias.split = match weights[..] {
                [] => None,
                [(version, weight)] => match version_of(version)? {
                    VersionId::Published(version) => Some(Split { version, weight: *weight }),
                    VersionId::Latest => None,
                },
                _ => {
                    let message = "Number of items in AdditionalVersionWeights cannot be greater than 1";
                    return Err(faults::invalid_parameter(message));
                }
            };
        }
        Ok(())
    }
}

/// The constraints of `FunctionVersion`.
pub fn check_version(constraints: &mut Constraints, version: Option<&str>) {
    constraints.length("functionVersion", version, limits::VERSION_CHARS);
    constraints.pattern("functionVersion", version, VERSION_PATTERN, |text| {
        text == "$LATEST.PUBLISHED" || text.parse::<VersionId>().is_ok()
    });
}

/// The version that a checked text names.
pub fn version_of(text: &str) -> Result<VersionId, Fault> {
    text.parse().map_err(|_| faults::unbuilt(text, "FunctionVersion"))
}

/// The constraints of an alias's name.
pub fn check_name(constraints: &mut Constraints, name: Option<&str>) {
    constraints.length("name", name, limits::ALIAS_CHARS);
    constraints.pattern("name", name, NAME_PATTERN, |name| {
        !name.is_empty() && is_of(name, "-_") && !name.bytes().all(|byte| byte.is_ascii_digit())
    });
}

/// An alias of the function that is named. Fails when the function's name has a qualifier of its own.
pub fn named(call: &Call, function: &str, alias: &str) -> Result<Named, Fault> {
    let function = Named::read(call, function, None)?;
    if !function.is_latest() {
        return Err(faults::functions_only());
    }
    Ok(Named { key: function.key, qualifier: Some(alias.to_owned()) })
}

/// `AliasConfiguration`.
pub fn shown(named: &Named, alias: &Alias) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut show = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    show("AliasArn", json!(named.arn()));
    show("Name", json!(named.qualifier));
    show("FunctionVersion", json!(alias.version));
    show("Description", json!(alias.description));
    if let Some(split) = alias.split {
        let weights = json!({ split.version.to_string(): split.weight });
        show("RoutingConfig", json!({ "AdditionalVersionWeights": weights }));
    }
    show("RevisionId", json!(alias.revision_id));
    shown
}
