//! `DeleteProvisionedConcurrencyConfig`: no instance is held any more. AWS: where none was, that is no failure.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::Function;
use service::{Call, Operation, Route};

use crate::Lambda;
use crate::provisioned::QualifiedInput;

pub const ROUTE: Route =
    Route::new("DELETE", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 204)
        .query(&[("Qualifier", "Qualifier")]);

pub struct DeleteProvisionedConcurrencyConfig;

#[async_trait]
impl Operation for DeleteProvisionedConcurrencyConfig {
    type Face = Lambda;
    type Input = QualifiedInput;
    type Output = ();

    const NAME: &'static str = "DeleteProvisionedConcurrencyConfig";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &QualifiedInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_qualified(&input.named(call)?, "lambda:DeleteProvisionedConcurrencyConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: QualifiedInput) -> Result<(), Failure> {
        let named = input.named(call)?;
        let qualifier = named.qualifier.clone().unwrap_or_default();
        let remove = |function: &Function| {
            let mut after = function.clone();
            after.provisioned.remove(&qualifier);
            Ok(after)
        };
        face.engine.change(&named.key, remove).await?;
        Ok(face.engine.provide(&named.key).await?)
    }
}
