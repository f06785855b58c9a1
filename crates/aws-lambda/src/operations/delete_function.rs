//! `DeleteFunction`: a function and its code go; calls that run end in peace.

use async_trait::async_trait;
use model::{Failure, Permission};
use service::{Call, Operation, Route};

use crate::names::LATEST;
use crate::naming::FunctionInput;
use crate::{Lambda, faults};

pub const ROUTE: Route =
    Route::new("DELETE", "/2015-03-31/functions/{FunctionName}", 204).query(&[("Qualifier", "Qualifier")]);

pub struct DeleteFunction;

#[async_trait]
impl Operation for DeleteFunction {
    type Face = Lambda;
    type Input = FunctionInput;
    type Output = ();

    const NAME: &'static str = "DeleteFunction";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &FunctionInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:DeleteFunction").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: FunctionInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        if named.qualifier.as_deref() == Some(LATEST) {
            let message = "$LATEST version cannot be deleted without deleting the function.";
            return Err(faults::invalid_parameter(message).into());
        }
        face.existing(&named).await?;
        if face.engine.remove(&named.key).await? {
            Ok(())
        } else {
            Err(faults::function_not_found(&named.arn()).into())
        }
    }
}
