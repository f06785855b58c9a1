//! `GetAccountSettings`: the limits of the account in this region, and what it uses of them.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::{UNZIPPED_BYTES, ZIPPED_BYTES};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};

use crate::{Lambda, limits};

pub const ROUTE: Route = Route::new("GET", "/2016-08-19/account-settings", 200);

pub struct GetAccountSettings;

#[derive(Deserialize)]
pub struct Input {}

#[async_trait]
impl Operation for GetAccountSettings {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "GetAccountSettings";

    async fn permissions(_: &Lambda, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("lambda:GetAccountSettings", "*")])
    }

    async fn run(face: &Lambda, call: &Call, _: Input) -> Result<Value, Failure> {
        let (functions, bytes) = face.engine.usage(&call.caller.account, &call.region).await?;
        let reserved = face.engine.reserved(&call.caller.account).await?;
        let concurrency = face.engine.parts.dispatch.settings().account_concurrency;
        Ok(json!({
            "AccountLimit": {
                "TotalCodeSize": limits::CODE_STORAGE_BYTES,
                "CodeSizeUnzipped": UNZIPPED_BYTES,
                "CodeSizeZipped": ZIPPED_BYTES,
                "ConcurrentExecutions": concurrency,
                "UnreservedConcurrentExecutions": concurrency.saturating_sub(reserved),
            },
            "AccountUsage": { "TotalCodeSize": bytes, "FunctionCount": functions },
        }))
    }
}
