//! `VerifySMSSandboxPhoneNumber`: a number of the sandbox is verified: no message was sent, so any password is right.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::engine::Phone;
use crate::{Sns, access, faults};

pub struct VerifySMSSandboxPhoneNumber;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    phone_number: Option<String>,
    one_time_password: Option<String>,
}

#[async_trait]
impl Operation for VerifySMSSandboxPhoneNumber {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "VerifySMSSandboxPhoneNumber";

    async fn permissions(_: &Sns, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("sns:VerifySMSSandboxPhoneNumber", "*")])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        let number = access::required("phoneNumber", &input.phone_number)?;
        let password = access::required("oneTimePassword", &input.one_time_password)?;
        if !(5..=8).contains(&password.len()) || !password.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(faults::invalid("OneTimePassword").into());
        }
        face.engine.sandboxed(account, region, number).await?;
        let verified = |phone: &mut Phone| phone.verified = Some(true);
        face.engine.change_phone(account, region, number, verified).await?;
        Ok(json!({}))
    }
}
