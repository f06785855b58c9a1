//! `PutFunctionEventInvokeConfig`: retries, age and destinations of asynchronous calls, in place of what was said before.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::{Lambda, event_invoke};

pub const ROUTE: Route = Route::new("PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200)
    .query(&[("Qualifier", "Qualifier")]);

pub struct PutFunctionEventInvokeConfig;

#[async_trait]
impl Operation for PutFunctionEventInvokeConfig {
    type Face = Lambda;
    type Input = event_invoke::Input;
    type Output = Map<String, Value>;

    const NAME: &'static str = "PutFunctionEventInvokeConfig";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &event_invoke::Input,
    ) -> Result<Vec<Permission>, Failure> {
        let named = input.check(call)?;
        Ok(vec![face.on_qualified(&named, "lambda:PutFunctionEventInvokeConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: event_invoke::Input) -> Result<Self::Output, Failure> {
        let put = |_: Option<&_>| {
            let mut config = event_invoke::unset(call);
            input.apply(&mut config);
            Ok(config)
        };
        face.change_event_invoke(&input.check(call)?, Self::NAME, put).await
    }
}
