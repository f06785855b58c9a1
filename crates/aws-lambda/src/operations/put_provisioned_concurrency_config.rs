//! `PutProvisionedConcurrencyConfig`: instances of a version are held initialised.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::{Function, Provisioned};
use serde::Deserialize;
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::constraints::Constraints;
use crate::names::Named;
use crate::{Lambda, faults, provisioned};

pub const ROUTE: Route =
    Route::new("PUT", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 202)
        .query(&[("Qualifier", "Qualifier")]);

pub struct PutProvisionedConcurrencyConfig;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    qualifier: Option<String>,
    provisioned_concurrent_executions: Option<i64>,
}

#[async_trait]
impl Operation for PutProvisionedConcurrencyConfig {
    type Face = Lambda;
    type Input = Input;
    type Output = Map<String, Value>;

    const NAME: &'static str = "PutProvisionedConcurrencyConfig";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let mut constraints = Constraints::default();
        let calls = input.provisioned_concurrent_executions;
        constraints.present("provisionedConcurrentExecutions", calls.as_ref());
        constraints.range("provisionedConcurrentExecutions", calls, 1..=i64::from(i32::MAX));
        constraints.end()?;
        Ok(vec![face.on_qualified(&input.named(call)?, "lambda:PutProvisionedConcurrencyConfig").await?])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Self::Output, Failure> {
        let named = input.named(call)?;
        let calls = input.provisioned_concurrent_executions.unwrap_or_default() as u32;
        face.engine.check_provisioned(&named, calls).await?;
        let qualifier = named.qualifier.clone().unwrap_or_default();
        let put = |function: &Function| {
            let mut after = function.clone();
            let provisioned = Provisioned { calls, last_modified: call.time };
            after.provisioned.insert(qualifier.clone(), provisioned);
            Ok(after)
        };
        let (_, function) = face.engine.change(&named.key, put).await?;
        face.engine.provide(&named.key).await?;
        let held = face.engine.held(&function, &qualifier).await?.ok_or_else(faults::not_provisioned)?;
        Ok(provisioned::shown(&held))
    }
}

impl Input {
    fn named(&self, call: &Call) -> Result<Named, Failure> {
        Ok(provisioned::named(call, &self.function_name, self.qualifier.as_deref())?)
    }
}
