//! `GetProvisionedConcurrencyConfig`: how many instances of a version are to be held, and how many are.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::provisioned::{self, QualifiedInput};
use crate::{Lambda, faults};

pub const ROUTE: Route =
    Route::new("GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 200)
        .query(&[("Qualifier", "Qualifier")]);

pub struct GetProvisionedConcurrencyConfig;

#[async_trait]
impl Operation for GetProvisionedConcurrencyConfig {
    type Face = Lambda;
    type Input = QualifiedInput;
    type Output = Map<String, Value>;

    const NAME: &'static str = "GetProvisionedConcurrencyConfig";

    async fn permissions(
        face: &Lambda,
        call: &Call,
        input: &QualifiedInput,
    ) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_qualified(&input.named(call)?, "lambda:GetProvisionedConcurrencyConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: QualifiedInput) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        let function = face.existing(&named).await?.function;
        let qualifier = named.qualifier.unwrap_or_default();
        let held = face.engine.held(&function, &qualifier).await?.ok_or_else(faults::not_provisioned)?;
        Ok(provisioned::shown(&held))
    }
}
