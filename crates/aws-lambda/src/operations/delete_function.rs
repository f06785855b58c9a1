//! `DeleteFunction`: a function with all its versions, or one of these, and its code go; calls that run end in peace.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::VersionId;
use service::{Call, Operation, Route};

use crate::names::Qualified;
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
        if named.qualifier.is_some() {
            let refused = |message: &str| Err(faults::invalid_parameter(message).into());
            return match named.qualified() {
                Qualified::Version(VersionId::Published(number)) => {
                    face.engine.unpublish(&named.key, number).await
                }
                Qualified::Version(VersionId::Latest) => {
                    refused("$LATEST version cannot be deleted without deleting the function.")
                }
                Qualified::Alias(_) => refused("Deletion of aliases is not currently supported."),
            };
        }
        if face.engine.remove(&named.key).await? {
            Ok(())
        } else {
            Err(faults::function_not_found(&named.arn()).into())
        }
    }
}
