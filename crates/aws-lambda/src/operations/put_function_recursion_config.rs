//! `PutFunctionRecursionConfig`: whether chains that come back to a function again and again are stopped.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::{Function, RecursiveLoop};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::constraints::Constraints;
use crate::names::Named;

pub const ROUTE: Route = Route::new("PUT", "/2024-08-31/functions/{FunctionName}/recursion-config", 200);

pub struct PutFunctionRecursionConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    recursive_loop: Option<String>,
}

#[async_trait]
impl Operation for PutFunctionRecursionConfig {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "PutFunctionRecursionConfig";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        constraints.present("recursiveLoop", input.recursive_loop.as_ref());
        constraints.one_of("recursiveLoop", input.recursive_loop.as_deref(), &["Allow", "Terminate"]);
        constraints.end()?;
        let named = Named::read(call, &input.function_name, None)?;
        Ok(vec![face.on_function(&named, "lambda:PutFunctionRecursionConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        let named = Named::read(call, &input.function_name, None)?;
        face.unqualified(&named).await?;
        let recursive_loop = match input.recursive_loop.as_deref() {
            Some("Allow") => RecursiveLoop::Allow,
            _ => RecursiveLoop::Terminate,
        };
        let put = |function: &Function| Ok(Function { recursive_loop, ..function.clone() });
        face.engine.change(&named.key, put).await?;
        Ok(json!({ "RecursiveLoop": recursive_loop.name() }))
    }
}
