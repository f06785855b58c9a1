//! `GetFunctionRecursionConfig`: whether chains that come back to a function again and again are stopped.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::naming::FunctionInput;

pub const ROUTE: Route = Route::new("GET", "/2024-08-31/functions/{FunctionName}/recursion-config", 200);

pub struct GetFunctionRecursionConfig;

#[async_trait]
impl Operation for GetFunctionRecursionConfig {
    type Face = Lambda;
    type Input = FunctionInput;
    type Output = Value;

    const NAME: &'static str = "GetFunctionRecursionConfig";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &FunctionInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:GetFunctionRecursionConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: FunctionInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        let function = face.unqualified(&named).await?;
        Ok(json!({ "RecursiveLoop": function.recursive_loop.name() }))
    }
}
