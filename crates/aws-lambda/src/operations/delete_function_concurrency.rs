//! `DeleteFunctionConcurrency`: a function shares the account's calls with the others again.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::Function;
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::naming::FunctionInput;

pub const ROUTE: Route = Route::new("DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", 204);

pub struct DeleteFunctionConcurrency;

#[async_trait]
impl Operation for DeleteFunctionConcurrency {
    type Face = Lambda;
    type Input = FunctionInput;
    type Output = ();

    const NAME: &'static str = "DeleteFunctionConcurrency";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &FunctionInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:DeleteFunctionConcurrency").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: FunctionInput) -> Result<(), Failure> {
        let named = input.named(call)?;
        face.unqualified(&named).await?;
        let without = |function: &Function| Ok(Function { reserved_concurrency: None, ..function.clone() });
        let (_, function) = face.engine.change(&named.key, without).await?;
        face.engine.keep_concurrency(&function);
        Ok(())
    }
}
