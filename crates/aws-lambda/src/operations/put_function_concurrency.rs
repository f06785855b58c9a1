//! `PutFunctionConcurrency`: calls at once that are kept for a function, and that it may not go beyond.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::Function;
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::names::Named;
use crate::{Lambda, faults, limits};

pub const ROUTE: Route = Route::new("PUT", "/2017-10-31/functions/{FunctionName}/concurrency", 200);

pub struct PutFunctionConcurrency;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    reserved_concurrent_executions: Option<i64>,
}

#[async_trait]
impl Operation for PutFunctionConcurrency {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "PutFunctionConcurrency";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        let reserved = input.reserved_concurrent_executions;
        constraints.present("reservedConcurrentExecutions", reserved.as_ref());
        constraints.range("reservedConcurrentExecutions", reserved, 0..=i64::from(i32::MAX));
        constraints.end()?;
        let named = Named::read(call, &input.function_name, None)?;
        Ok(vec![face.on_function(&named, "lambda:PutFunctionConcurrency").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        let named = Named::read(call, &input.function_name, None)?;
        face.unqualified(&named).await?;
        let reserved = input.reserved_concurrent_executions.unwrap_or_default() as u32;
        let others = face.engine.reserved_by_others(&named.key).await?;
        let most = face.engine.parts.dispatch.settings().account_concurrency;
        if others + reserved as usize + limits::UNRESERVED_CONCURRENCY > most {
            return Err(faults::too_much_reserved().into());
        }
        let put =
            |function: &Function| Ok(Function { reserved_concurrency: Some(reserved), ..function.clone() });
        let (_, function) = face.engine.change(&named.key, put).await?;
        face.engine.keep_concurrency(&function);
        Ok(json!({ "ReservedConcurrentExecutions": reserved }))
    }
}
