//! `GetRuntimeManagementConfig`: a function gets the runtime as the host has it, whenever that changes.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::naming::FunctionInput;

pub const ROUTE: Route =
    Route::new("GET", "/2021-07-20/functions/{FunctionName}/runtime-management-config", 200)
        .query(&[("Qualifier", "Qualifier")]);

pub struct GetRuntimeManagementConfig;

#[async_trait]
impl Operation for GetRuntimeManagementConfig {
    type Face = Lambda;
    type Input = FunctionInput;
    type Output = Value;

    const NAME: &'static str = "GetRuntimeManagementConfig";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &FunctionInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:GetRuntimeManagementConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: FunctionInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        face.existing(&named).await?;
        Ok(json!({ "UpdateRuntimeOn": "Auto", "FunctionArn": named.arn(), "RuntimeVersionArn": null }))
    }
}
