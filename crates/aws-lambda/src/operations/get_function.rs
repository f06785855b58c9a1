//! `GetFunction`: a function, a link to its code, and its tags.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::naming::FunctionInput;

pub const ROUTE: Route =
    Route::new("GET", "/2015-03-31/functions/{FunctionName}", 200).query(&[("Qualifier", "Qualifier")]);

pub struct GetFunction;

#[async_trait]
impl Operation for GetFunction {
    type Face = Lambda;
    type Input = FunctionInput;
    type Output = Value;

    const NAME: &'static str = "GetFunction";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &FunctionInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:GetFunction").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: FunctionInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        let found = face.existing(&named).await?;
        let link = face.engine.code_link(&found.version().code.blob, call.time).await?;
        let mut output = json!({
            "Configuration": face.shown(found.version(), named.qualifier.as_deref()),
            "Code": { "RepositoryType": "S3", "Location": format!("{}{link}", call.origin) },
        });
        if !found.function.tags.is_empty() {
            output["Tags"] = json!(found.function.tags);
        }
        if let Some(calls) = found.function.reserved_concurrency {
            output["Concurrency"] = json!({ "ReservedConcurrentExecutions": calls });
        }
        Ok(output)
    }
}
