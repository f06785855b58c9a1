//! `DeleteFunctionEventInvokeConfig`: asynchronous calls of a function are as by default again.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::Function;
use service::{Call, Operation, Route};

use crate::naming::FunctionInput;
use crate::{Lambda, event_invoke};

pub const ROUTE: Route =
    Route::new("DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 204)
        .query(&[("Qualifier", "Qualifier")]);

pub struct DeleteFunctionEventInvokeConfig;

#[async_trait]
impl Operation for DeleteFunctionEventInvokeConfig {
    type Face = Lambda;
    type Input = FunctionInput;
    type Output = ();

    const NAME: &'static str = "DeleteFunctionEventInvokeConfig";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &FunctionInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_qualified(&input.named(call)?, "lambda:DeleteFunctionEventInvokeConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: FunctionInput) -> Result<(), Failure> {
        let named = input.named(call)?;
        face.with_qualifier(&named).await?;
        let without = |function: &Function| {
            event_invoke::of(function, &named)?;
            let mut after = function.clone();
            after.event_invoke_configs.remove(event_invoke::qualifier(&named));
            Ok(after)
        };
        face.engine.change(&named.key, without).await?;
        Ok(())
    }
}
