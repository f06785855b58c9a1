//! `GetFunctionConcurrency`: the calls at once that are kept for a function.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::naming::FunctionInput;

pub const ROUTE: Route = Route::new("GET", "/2019-09-30/functions/{FunctionName}/concurrency", 200);

pub struct GetFunctionConcurrency;

#[async_trait]
impl Operation for GetFunctionConcurrency {
    type Face = Lambda;
    type Input = FunctionInput;
    type Output = Value;

    const NAME: &'static str = "GetFunctionConcurrency";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &FunctionInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:GetFunctionConcurrency").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: FunctionInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        Ok(match face.unqualified(&named).await?.reserved_concurrency {
            Some(calls) => json!({ "ReservedConcurrentExecutions": calls }),
            None => json!({}),
        })
    }
}
