//! `CreateFunction`: code, a role and a configuration become a function.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{Arn, Failure, Permission};
use registry::{Architecture, Configuration, LogFormat, Logging, SnapStart, Tracing};
use serde::Deserialize;
use service::{Call, Operation, Route};

use crate::code_source::{CodeSource, check_architectures, refuse_other_architectures};
use crate::constraints::Constraints;
use crate::engine::{Draft, Publication};
use crate::names::{self, Named};
use crate::settings::{Settings, role_of};
use crate::{Lambda, access, faults, layers, limits, shown, tags};

pub const ROUTE: Route = Route::new("POST", "/2015-03-31/functions", 201);

pub struct CreateFunction;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: Option<String>,
    code: Option<CodeSource>,
    package_type: Option<String>,
    #[serde(default)]
    publish: bool,
    architectures: Option<Vec<String>>,
    tags: Option<BTreeMap<String, String>>,
    #[serde(flatten)]
    settings: Settings,
}

#[async_trait]
impl Operation for CreateFunction {
    type Face = Lambda;
    type Input = Input;
    type Output = shown::Configuration;

    const NAME: &'static str = "CreateFunction";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let (named, role) = input.check(call)?;
        let layers = input.settings.layers.as_deref();
        let create = face.on_function(&named, "lambda:CreateFunction").await?;
        let mut permissions = vec![layers::telling(create, layers), access::pass_role(&role)];
        permissions.extend(face.to_use_layers(layers).await?);
        if input.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
            permissions.push(face.on_function(&named, "lambda:TagResource").await?);
        }
        Ok(permissions)
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Self::Output, Failure> {
        let (named, role) = input.check(call)?;
        let (Some(runtime), Some(_)) = (&input.settings.runtime, &input.settings.handler) else {
            let message = "Runtime and Handler are mandatory parameters for functions created with deployment packages.";
            return Err(faults::invalid_parameter(message).into());
        };
        let mut configuration = unset(role, &named.key.name);
        input.settings.apply(&mut configuration)?;
        let tags = input.tags.unwrap_or_default();
        tags::check(&tags)?;
        face.check_egress(&tags)?;
        face.check_runtime(runtime)?;
        face.check_role(call, &configuration.role).await?;
        face.check_dead_letter(&configuration).await?;
        let layers = input.settings.layers.unwrap_or_default();
        let layers = layers::used(&layers, &named.key.region)?;
        let source = input.code.unwrap_or_default();
        let zip = source.zip(call, face.engine.parts.buckets.as_ref()).await?;
        let draft = Draft { key: named.key.clone(), configuration, layers, tags };
        let function = face.engine.create(draft, zip).await?;
        if !input.publish {
            return Ok(face.shown(&function.latest, None));
        }
        let publication = Publication { with_change: true, ..Publication::default() };
        // AWS: shown without the version's qualifier.
        Ok(face.shown(&*face.engine.publish(&named.key, &publication).await?, None))
    }
}

impl Input {
    /// Whom it is about and under which role; fails when anything is malformed or asks for what is not built.
    fn check(&self, call: &Call) -> Result<(Named, Arn), Failure> {
        let mut constraints = Constraints::default();
        constraints.present("functionName", self.function_name.as_ref());
        constraints.present("role", self.settings.role.as_ref());
        constraints.present("code", self.code.as_ref());
        let name = self.function_name.as_deref().unwrap_or_default();
        if self.function_name.is_some() {
            names::check(&mut constraints, name);
        }
        self.settings.check(&mut constraints);
        if let Some(code) = &self.code {
            code.check("code.", &mut constraints);
        }
        constraints.one_of("packageType", self.package_type.as_deref(), &["Image", "Zip"]);
        check_architectures(self.architectures.as_deref(), &mut constraints);
        constraints.end()?;
        if self.package_type.as_deref() == Some("Image") {
            return Err(faults::unbuilt("PackageType Image", CreateFunction::NAME).into());
        }
        self.settings.refuse_unbuilt(CreateFunction::NAME)?;
        refuse_other_architectures(self.architectures.as_deref(), CreateFunction::NAME)?;
        if let Some(code) = &self.code {
            code.refuse_unbuilt(CreateFunction::NAME)?;
        }
        let named = Named::read(call, name, None)?;
        if !named.is_latest() {
            let message = "A function is created as $LATEST: its name takes no other qualifier.";
            return Err(faults::invalid_parameter(message).into());
        }
        let role = self.settings.role.as_deref().and_then(role_of);
        Ok((named, role.ok_or_else(|| faults::validation("The role is no role's ARN."))?))
    }
}

/// What a function has that says nothing else.
fn unset(role: Arn, name: &str) -> Configuration {
    Configuration {
        runtime: String::new(),
        handler: String::new(),
        role,
        description: String::new(),
        timeout_seconds: limits::DEFAULT_TIMEOUT_SECONDS,
        memory_mib: limits::DEFAULT_MEMORY_MIB,
        tmp_mib: limits::DEFAULT_TMP_MIB,
        environment: None,
        architecture: Architecture::of_host(),
        tracing: Tracing::PassThrough,
        logging: Logging { format: LogFormat::Text, group: format!("/aws/lambda/{name}") },
        snap_start: SnapStart::Off,
        dead_letter: None,
        layers: Vec::new(),
    }
}
