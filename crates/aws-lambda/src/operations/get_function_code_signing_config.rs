//! `GetFunctionCodeSigningConfig`: the function's name alone, as no function has one yet.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::naming::FunctionInput;

pub const ROUTE: Route = Route::new("GET", "/2020-06-30/functions/{FunctionName}/code-signing-config", 200);

pub struct GetFunctionCodeSigningConfig;

#[async_trait]
impl Operation for GetFunctionCodeSigningConfig {
    type Face = Lambda;
    type Input = FunctionInput;
    type Output = Value;

    const NAME: &'static str = "GetFunctionCodeSigningConfig";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &FunctionInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:GetFunctionCodeSigningConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: FunctionInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        face.unqualified(&named).await?;
        Ok(json!({ "FunctionName": named.key.name }))
    }
}
