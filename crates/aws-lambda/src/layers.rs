//! Layers as callers name them and as answers show them.

use model::{Arn, Failure, Fault, Permission, Region};
use registry::{LayerKey, LayerVersion};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use service::Call;

use crate::constraints::{Constraints, is_of};
use crate::{Lambda, engine, faults, limits, runtimes};

// As the API's model has them: callers are told these.
const NAME_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]{1,140}|[a-zA-Z0-9-_]{1,140})";
const VERSION_ARN_PATTERN: &str = r"((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))";

/// A version of a layer, as it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedLayer {
    pub key: LayerKey,
    pub number: u64,
}

impl NamedLayer {
    /// The version of an ARN; `None` when it is no layer version's.
    pub fn of_arn(text: &str) -> Option<Self> {
        let arn: Arn = text.parse().ok()?;
        let (layer, number) = arn.resource.rsplit_once(':')?;
        let key = key_of(&Arn { resource: layer.to_owned(), ..arn.clone() })?;
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        Some(Self { key, number: number.parse().ok().filter(|_| digits)? })
    }

    pub fn arn(&self) -> Arn {
        self.key.version_arn(self.number)
    }
}

/// The layer of an ARN without version.
fn key_of(arn: &Arn) -> Option<LayerKey> {
    let name = arn.resource.strip_prefix("layer:").filter(|name| is_name(name))?;
    let account = arn.account.parse().ok().filter(|_| arn.service == "lambda" && !arn.region.is_empty())?;
    Some(LayerKey { account, region: Region::new(&arn.region), name: name.to_owned() })
}

fn is_name(text: &str) -> bool {
    limits::LAYER_NAME_CHARS.contains(&text.len()) && is_of(text, "-_")
}

/// The layer that a name or an ARN means to this caller. Fails when it is malformed.
pub fn layer(call: &Call, text: &str) -> Result<LayerKey, Fault> {
    let mut constraints = Constraints::default();
    constraints.length("layerName", Some(text), limits::LAYER_ARN_CHARS);
    let named = if is_name(text) {
        let (account, region) = (call.caller.account.clone(), call.region.clone());
        Some(LayerKey { account, region, name: text.to_owned() })
    } else {
        text.parse().ok().and_then(|arn| key_of(&arn))
    };
    if named.is_none() {
        let rule = format!("Member must satisfy regular expression pattern: {NAME_PATTERN}");
        constraints.fails("layerName", text, rule);
    }
    constraints.end()?;
    named.ok_or_else(|| faults::validation("No layer is named."))
}

/// The version that an ARN names. Fails when it is no layer version's.
pub fn version(arn: &str) -> Result<NamedLayer, Fault> {
    let mut constraints = Constraints::default();
    constraints.length("arn", Some(arn), limits::LAYER_ARN_CHARS);
    constraints.pattern("arn", Some(arn), VERSION_ARN_PATTERN, |arn| NamedLayer::of_arn(arn).is_some());
    constraints.end()?;
    NamedLayer::of_arn(arn).ok_or_else(|| faults::validation("No layer version is named."))
}

/// Adds what is malformed of a function's `Layers`.
pub fn check_used(constraints: &mut Constraints, asked: Option<&[String]>) {
    let Some(asked) = asked else { return };
    if asked.iter().all(|arn| NamedLayer::of_arn(arn).is_some()) {
        return;
    }
    let chars = limits::LAYER_ARN_CHARS;
    let rule = format!(
        "Member must satisfy constraint: [Member must have length less than or equal to {}, Member must have length \
         greater than or equal to {}, Member must satisfy regular expression pattern: {VERSION_ARN_PATTERN}, Member must \
         not be null]",
        chars.end(),
        chars.start()
    );
    constraints.fails("layers", format!("[{}]", asked.join(", ")), rule);
}

/// The layers of a function in `region`, in order. Fails when they cannot be together, or not there.
pub fn used(asked: &[String], region: &Region) -> Result<Vec<NamedLayer>, Fault> {
    if asked.len() > limits::LAYERS {
        return Err(faults::invalid_parameter(format!(
            "Cannot reference more than {} layers.",
            limits::LAYERS
        )));
    }
    let named: Vec<_> = asked.iter().filter_map(|arn| NamedLayer::of_arn(arn)).collect();
    for (index, one) in named.iter().enumerate() {
        if one.key.region != *region {
            return Err(faults::invalid_parameter(format!(
                "Layers are not in the same region as the function. Layers are expected to be in region {region}."
            )));
        }
        if let Some(other) = named[..index].iter().find(|other| other.key == one.key) {
            return Err(faults::invalid_parameter(format!(
                "Two different versions of the same layer are not allowed to be referenced in the same function. {} and {} \
                 are versions of the same layer.",
                other.arn(),
                one.arn()
            )));
        }
    }
    Ok(named)
}

/// `LayerName` and `VersionNumber`, by which most operations are told a layer's version.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayerInput {
    layer_name: String,
    version_number: i64,
}

impl LayerInput {
    pub fn named(&self, call: &Call) -> Result<NamedLayer, Fault> {
        named(call, &self.layer_name, self.version_number)
    }
}

pub fn named(call: &Call, layer_name: &str, version_number: i64) -> Result<NamedLayer, Fault> {
    let key = layer(call, layer_name)?;
    match u64::try_from(version_number) {
        Ok(number) if number > 0 => Ok(NamedLayer { key, number }),
        _ => Err(faults::invalid_parameter("Layer Version Cannot be less than 1.")),
    }
}

/// What lists of layers are filtered by.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Compatible {
    compatible_runtime: Option<String>,
    compatible_architecture: Option<String>,
}

impl Compatible {
    /// Adds what is malformed.
    pub fn check(&self, constraints: &mut Constraints) {
        let runtime = self.compatible_runtime.as_deref();
        constraints.one_of("compatibleRuntime", runtime, &runtimes::of_layers());
        let architecture = self.compatible_architecture.as_deref();
        constraints.one_of("compatibleArchitecture", architecture, &ARCHITECTURES);
    }

    /// Whether a version is for what is asked for. AWS: one that says nothing of it is not.
    pub fn lets(&self, version: &LayerVersion) -> bool {
        let says = |said: &Option<Vec<String>>, asked: &Option<String>| {
            asked.as_ref().is_none_or(|asked| said.as_ref().is_some_and(|said| said.contains(asked)))
        };
        says(&version.content.runtimes, &self.compatible_runtime)
            && says(&version.content.architectures, &self.compatible_architecture)
    }
}

pub const ARCHITECTURES: [&str; 2] = ["x86_64", "arm64"];

/// `LayerVersionsListItem`.
pub fn listed(version: &LayerVersion) -> Map<String, Value> {
    let content = &version.content;
    let mut shown = Map::new();
    let mut show = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    show("LayerVersionArn", json!(version.arn()));
    show("Version", json!(version.number));
    show("Description", json!(content.description));
    show("CreatedDate", json!(version.created.lambda()));
    let lists =
        [("CompatibleRuntimes", &content.runtimes), ("CompatibleArchitectures", &content.architectures)];
    for (name, list) in lists {
        if let Some(list) = list {
            show(name, json!(list));
        }
    }
    if let Some(license) = &content.license {
        show("LicenseInfo", json!(license));
    }
    shown
}

impl Lambda {
    /// An action on a layer's version, there or not, with its resource policy.
    pub(crate) async fn on_layer(
        &self,
        named: &NamedLayer,
        action: &'static str,
    ) -> Result<Permission, Failure> {
        let found = self.engine.parts.registry.layer_version(&named.key, named.number).await?;
        let policy = found.and_then(|(version, _)| engine::layer_document(&version));
        let permission = Permission::new(action, named.arn().to_string());
        Ok(permission.owned_by(named.key.account.clone()).with_policy(policy))
    }

    /// Fails when there is none.
    pub(crate) async fn layer_version(&self, named: &NamedLayer) -> Result<LayerVersion, Failure> {
        let found = self.engine.parts.registry.layer_version(&named.key, named.number).await?;
        let (version, _) =
            found.ok_or_else(|| faults::not_found("The resource you requested does not exist."))?;
        Ok(version)
    }

    /// What the caller has to be allowed for a function to have these layers.
    pub(crate) async fn to_use_layers(&self, asked: Option<&[String]>) -> Result<Vec<Permission>, Failure> {
        let mut permissions = Vec::new();
        for named in asked.unwrap_or_default().iter().filter_map(|arn| NamedLayer::of_arn(arn)) {
            permissions.push(self.on_layer(&named, "lambda:GetLayerVersion").await?);
        }
        Ok(permissions)
    }

    /// `GetLayerVersionResponse`.
    pub(crate) async fn shown_layer(
        &self,
        call: &Call,
        version: &LayerVersion,
    ) -> Result<Map<String, Value>, Failure> {
        let code = &version.content.code;
        let link = self.engine.code_link(&code.blob, call.time).await?;
        let mut shown = listed(version);
        shown.insert("LayerArn".to_owned(), json!(version.key.arn()));
        let content = json!({
            "Location": format!("{}{link}", call.origin),
            "CodeSha256": code.sha256_base64(),
            "CodeSize": code.size,
        });
        shown.insert("Content".to_owned(), content);
        Ok(shown)
    }
}

/// That a permission's request names these layers.
pub fn telling(permission: Permission, asked: Option<&[String]>) -> Permission {
    asked
        .unwrap_or_default()
        .iter()
        .fold(permission, |told, arn| told.with_context("lambda:Layer", arn.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used_of(asked: &[&str]) -> String {
        let asked: Vec<_> = asked
            .iter()
            .map(|one| match one.split_once(' ') {
                Some((region, layer)) => format!("arn:aws:lambda:{region}:123456789012:layer:{layer}"),
                None => format!("arn:aws:lambda:us-east-1:123456789012:layer:{one}"),
            })
            .collect();
        let mut constraints = Constraints::default();
        check_used(&mut constraints, Some(&asked));
        match constraints.end().and_then(|()| used(&asked, &Region::default())) {
            Ok(named) => named
                .iter()
                .map(|one| format!("{}:{}", one.key.name, one.number))
                .collect::<Vec<_>>()
                .join(" "),
            Err(fault) => fault.message.chars().take(60).collect(),
        }
    }

    #[test]
    fn layers_of_a_function_are_five_different_ones_of_its_region() {
        for (asked, expected) in [
            (&[][..], ""),
            (&["a:1", "b:2"], "a:1 b:2"),
            (&["a:1", "a:2"], "Two different versions of the same layer are not allowed to "),
            (&["a:1", "b:2", "a:1"], "Two different versions of the same layer are not allowed to "),
            (&["eu-west-1 a:1"], "Layers are not in the same region as the function. Layers ar"),
            (&["a:1", "b:1", "c:1", "d:1", "e:1", "f:1"], "Cannot reference more than 5 layers."),
            (&["a"], "1 validation error detected: Value '[arn:aws:lambda:us-east-"),
            (&["a:latest"], "1 validation error detected: Value '[arn:aws:lambda:us-east-"),
            (&["us-east-1 a b:1"], "1 validation error detected: Value '[arn:aws:lambda:us-east-"),
        ] {
            assert_eq!(used_of(asked), expected, "{asked:?}");
        }
    }
}
