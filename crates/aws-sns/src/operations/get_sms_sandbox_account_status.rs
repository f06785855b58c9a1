//! `GetSMSSandboxAccountStatus`: whether text messages are in the sandbox: they never leave the platform.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::Sns;

pub struct GetSMSSandboxAccountStatus;

#[derive(Debug, Default, Deserialize)]
pub struct Input {}

#[async_trait]
impl Operation for GetSMSSandboxAccountStatus {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "GetSMSSandboxAccountStatus";

    async fn permissions(_: &Sns, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("sns:GetSMSSandboxAccountStatus", "*")])
    }

    async fn run(_: &Sns, _: &Call, _: Input) -> Result<Value, Failure> {
        Ok(json!({ "IsInSandbox": true }))
    }
}
