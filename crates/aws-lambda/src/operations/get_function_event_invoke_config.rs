//! `GetFunctionEventInvokeConfig`: what is said of a function's asynchronous calls.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::naming::FunctionInput;
use crate::{Lambda, event_invoke};

pub const ROUTE: Route = Route::new("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200)
    .query(&[("Qualifier", "Qualifier")]);

pub struct GetFunctionEventInvokeConfig;

#[async_trait]
impl Operation for GetFunctionEventInvokeConfig {
    type Face = Lambda;
    type Input = FunctionInput;
    type Output = Map<String, Value>;

    const NAME: &'static str = "GetFunctionEventInvokeConfig";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &FunctionInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_qualified(&input.named(call)?, "lambda:GetFunctionEventInvokeConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: FunctionInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        let function = face.with_qualifier(&named).await?;
        Ok(event_invoke::shown(&named, event_invoke::of(&function, &named)?))
    }
}
