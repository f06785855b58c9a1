//! `UpdateFunctionEventInvokeConfig`: other retries, age or destinations; what is not said stays as it is.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::EventInvokeConfig;
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::{Lambda, event_invoke};

pub const ROUTE: Route = Route::new("POST", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200)
    .query(&[("Qualifier", "Qualifier")]);

pub struct UpdateFunctionEventInvokeConfig;

#[async_trait]
impl Operation for UpdateFunctionEventInvokeConfig {
    type Face = Lambda;
    type Input = event_invoke::Input;
    type Output = Map<String, Value>;

    const NAME: &'static str = "UpdateFunctionEventInvokeConfig";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &event_invoke::Input,
    ) -> Result<Vec<Permission>, Failure> {
        let named = input.check(call)?;
        Ok(vec![face.on_qualified(&named, "lambda:UpdateFunctionEventInvokeConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: event_invoke::Input) -> Result<Self::Output, Failure> {
        let named = input.check(call)?;
        let update = |known: Option<&EventInvokeConfig>| {
            let known = known.ok_or_else(|| event_invoke::none(&named))?;
            let mut config = EventInvokeConfig { last_modified: call.time, ..known.clone() };
            input.apply(&mut config);
            Ok(config)
        };
        face.change_event_invoke(&named, Self::NAME, update).await
    }
}
