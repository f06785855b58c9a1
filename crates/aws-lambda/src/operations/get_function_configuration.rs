//! `GetFunctionConfiguration`: a function as it is set, and how far it is.

use async_trait::async_trait;
use model::{Failure, Permission};
use service::{Call, Operation, Route};

use crate::naming::FunctionInput;
use crate::{Lambda, shown};

pub const ROUTE: Route = Route::new("GET", "/2015-03-31/functions/{FunctionName}/configuration", 200)
    .query(&[("Qualifier", "Qualifier")]);

pub struct GetFunctionConfiguration;

#[async_trait]
impl Operation for GetFunctionConfiguration {
    type Face = Lambda;
    type Input = FunctionInput;
    type Output = shown::Configuration;

    const NAME: &'static str = "GetFunctionConfiguration";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &FunctionInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_function(&input.named(call)?, "lambda:GetFunctionConfiguration").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: FunctionInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        Ok(face.shown(face.existing(&named).await?.version(), named.qualifier.as_deref()))
    }
}
