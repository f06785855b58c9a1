//! `GetPolicy`: the resource policy of a function.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::naming::FunctionInput;
use crate::{Lambda, engine, faults};

pub const ROUTE: Route = Route::new("GET", "/2015-03-31/functions/{FunctionName}/policy", 200)
    .query(&[("Qualifier", "Qualifier")]);

pub struct GetPolicy;

#[async_trait]
impl Operation for GetPolicy {
    type Face = Lambda;
    type Input = FunctionInput;
    type Output = Value;

    const NAME: &'static str = "GetPolicy";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &FunctionInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:GetPolicy").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: FunctionInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        let function = face.existing(&named).await?.function;
        let Some(document) = engine::document(&function, &named) else {
            return Err(faults::not_found("The resource you requested does not exist.").into());
        };
        let revision = function.policies.of(named.policed()).map(|policy| &policy.revision_id);
        Ok(json!({ "Policy": document, "RevisionId": revision }))
    }
}
