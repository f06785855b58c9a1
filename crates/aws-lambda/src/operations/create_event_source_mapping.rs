//! `CreateEventSourceMapping`: a function gets what is in a queue, in batches.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::{EventSourceMapping, MappingState};
use serde::Deserialize;
use serde_json::{Map, Value};
use service::{Call, Operation, Route};
use uuid::Uuid;

use crate::constraints::Constraints;
use crate::names::Named;
use crate::{Lambda, faults, limits, mappings, tags};

pub const ROUTE: Route = Route::new("POST", "/2015-03-31/event-source-mappings", 202);

pub struct CreateEventSourceMapping;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    event_source_arn: Option<String>,
    starting_position: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(flatten)]
    settings: mappings::Settings,
}

#[async_trait]
impl Operation for CreateEventSourceMapping {
    type Face = Lambda;
    type Input = Input;
    type Output = Map<String, Value>;

    const NAME: &'static str = "CreateEventSourceMapping";

    async fn permissions(_: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let named = input.check(call)?;
        let permission = |action| {
            Permission::new(action, "*").with_context("lambda:FunctionArn", named.key.arn().to_string())
        };
        let mut permissions = vec![permission("lambda:CreateEventSourceMapping")];
        if !input.tags.is_empty() {
            permissions.push(permission("lambda:TagResource"));
        }
        Ok(permissions)
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Self::Output, Failure> {
        let named = input.check(call)?;
        let source = mappings::source_of(input.event_source_arn.as_deref(), Self::NAME)?;
        if input.starting_position.is_some() {
            let message = "StartingPosition is not valid for SQS event sources.";
            return Err(faults::invalid_parameter(message).into());
        }
        let mut mapping = EventSourceMapping {
            key: mappings::key(call, &Uuid::new_v4().to_string()),
            source,
            function: named.key.clone(),
            qualifier: named.qualifier.clone(),
            enabled: true,
            batch: limits::DEFAULT_BATCH,
            window: Duration::ZERO,
            filters: Vec::new(),
            reports_item_failures: false,
            concurrency: None,
            pollers: None,
            kms_key: None,
            metrics: Vec::new(),
            tags: input.tags.clone(),
            last_modified: call.time,
            state: MappingState::Creating,
        };
        input.settings.apply(&mut mapping)?;
        let found = face.mapped(&named).await?;
        face.check_source(&found, &mapping.source).await?;
        face.engine.create_mapping(mapping.clone()).await?;
        Ok(mappings::shown(&mapping))
    }
}

impl Input {
    /// The function that it is for; fails when anything is malformed or asks for what is not built.
    fn check(&self, call: &Call) -> Result<Named, Failure> {
        let mut constraints = Constraints::default();
        constraints.present("functionName", self.settings.function_name.as_ref());
        mappings::check_source(&mut constraints, self.event_source_arn.as_deref());
        let positions = ["TRIM_HORIZON", "AT_TIMESTAMP", "LATEST"];
        constraints.one_of("startingPosition", self.starting_position.as_deref(), &positions);
        self.settings.check(&mut constraints);
        constraints.end()?;
        self.settings.refuse_unbuilt(CreateEventSourceMapping::NAME)?;
        tags::check_own(&self.tags)?;
        Ok(Named::read(call, self.settings.function_name.as_deref().unwrap_or_default(), None)?)
    }
}
