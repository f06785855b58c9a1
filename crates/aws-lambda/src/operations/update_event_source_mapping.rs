//! `UpdateEventSourceMapping`: another function, other batches, on or off; what is not said stays as it is.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::{EventSourceMapping, MappingState};
use serde::Deserialize;
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::names::Named;
use crate::{Lambda, mappings};

pub const ROUTE: Route = Route::new("PUT", "/2015-03-31/event-source-mappings/{UUID}", 202);

pub struct UpdateEventSourceMapping;

#[derive(Deserialize)]
pub struct Input {
    #[serde(rename = "UUID")]
    id: String,
    #[serde(flatten)]
    settings: mappings::Settings,
}

#[async_trait]
impl Operation for UpdateEventSourceMapping {
    type Face = Lambda;
    type Input = Input;
    type Output = Map<String, Value>;

    const NAME: &'static str = "UpdateEventSourceMapping";

    async fn permissions(_: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let named = input.check(call)?;
        let key = mappings::key(call, &input.id);
        let permission = mappings::permission("lambda:UpdateEventSourceMapping", &key);
        Ok(vec![match named {
            Some(named) => permission.with_context("lambda:FunctionArn", named.key.arn().to_string()),
            None => permission,
        }])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Self::Output, Failure> {
        let (named, key) = (input.check(call)?, mappings::key(call, &input.id));
        let (before, _) = face.engine.mapping(&key).await?;
        let named = named.unwrap_or_else(|| mappings::named(&before));
        let found = face.mapped(&named).await?;
        face.check_source(&found, &before.source).await?;
        let update = |mapping: &mut EventSourceMapping| {
            let switch = input.settings.switches(mapping);
            input.settings.apply(mapping)?;
            mapping.function = named.key.clone();
            mapping.qualifier.clone_from(&named.qualifier);
            mapping.state = match switch {
                Some(true) => MappingState::Enabling,
                Some(false) => MappingState::Disabling,
                None => MappingState::Updating,
            };
            Ok(())
        };
        Ok(mappings::shown(&face.engine.change_mapping(&key, "update", update).await?))
    }
}

impl Input {
    /// The function that it is to be for, if another; fails when anything is malformed or asks for what is not built.
    fn check(&self, call: &Call) -> Result<Option<Named>, Failure> {
        let mut constraints = Constraints::default();
        self.settings.check(&mut constraints);
        constraints.end()?;
        self.settings.refuse_unbuilt(UpdateEventSourceMapping::NAME)?;
        let named = self.settings.function_name.as_deref().map(|name| Named::read(call, name, None));
        Ok(named.transpose()?)
    }
}
