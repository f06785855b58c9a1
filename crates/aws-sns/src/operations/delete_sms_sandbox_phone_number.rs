//! `DeleteSMSSandboxPhoneNumber`: a number leaves the sandbox.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, access};

pub struct DeleteSMSSandboxPhoneNumber;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    phone_number: Option<String>,
}

#[async_trait]
impl Operation for DeleteSMSSandboxPhoneNumber {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "DeleteSMSSandboxPhoneNumber";

    async fn permissions(_: &Sns, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("sns:DeleteSMSSandboxPhoneNumber", "*")])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        let number = access::required("phoneNumber", &input.phone_number)?;
        face.engine.sandboxed(account, region, number).await?;
        face.engine.change_phone(account, region, number, |phone| phone.verified = None).await?;
        Ok(json!({}))
    }
}
