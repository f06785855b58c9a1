//! `UpdateFunctionConfiguration`: another configuration for a function, of which what is not said stays as it is.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::names::Named;
use crate::settings::{Settings, role_of};
use crate::{Lambda, access, layers, shown};

pub const ROUTE: Route = Route::new("PUT", "/2015-03-31/functions/{FunctionName}/configuration", 200);

pub struct UpdateFunctionConfiguration;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    revision_id: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

#[async_trait]
impl Operation for UpdateFunctionConfiguration {
    type Face = Lambda;
    type Input = Input;
    type Output = shown::Configuration;

    const NAME: &'static str = "UpdateFunctionConfiguration";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let named = input.check(call)?;
        let layers = input.settings.layers.as_deref();
        let update = face.on_function(&named, "lambda:UpdateFunctionConfiguration").await?;
        let mut permissions = vec![layers::telling(update, layers)];
        permissions.extend(face.to_use_layers(layers).await?);
        permissions.extend(input.settings.role.as_deref().and_then(role_of).as_ref().map(access::pass_role));
        Ok(permissions)
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Self::Output, Failure> {
        let named = input.check(call)?;
        // What cannot be is told before what the host lacks.
        let mut configuration = face.unqualified(&named).await?.latest.configuration.clone();
        input.settings.apply(&mut configuration)?;
        if let Some(runtime) = &input.settings.runtime {
            face.check_runtime(runtime)?;
        }
        if input.settings.role.is_some() {
            face.check_role(call, &configuration.role).await?;
        }
        face.check_dead_letter(&configuration).await?;
        let layers = input.settings.layers.as_deref();
        let layers = layers.map(|asked| layers::used(asked, &named.key.region)).transpose()?;
        let apply = |configuration: &mut _| input.settings.apply(configuration);
        let revision = input.revision_id.as_deref();
        let function = face.engine.reconfigure(&named.key, revision, layers.as_deref(), apply).await?;
        Ok(face.shown(&function.latest, named.qualifier.as_deref()))
    }
}

impl Input {
    /// Whom it is about; fails when anything is malformed or asks for what is not built.
    fn check(&self, call: &Call) -> Result<Named, Failure> {
        let mut constraints = Constraints::default();
        self.settings.check(&mut constraints);
        constraints.end()?;
        self.settings.refuse_unbuilt(UpdateFunctionConfiguration::NAME)?;
        Ok(Named::read(call, &self.function_name, None)?)
    }
}
