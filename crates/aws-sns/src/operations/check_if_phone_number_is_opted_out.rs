//! `CheckIfPhoneNumberIsOptedOut`: whether a number wants no messages.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, access, engine, faults};

pub struct CheckIfPhoneNumberIsOptedOut;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    phone_number: Option<String>,
}

#[async_trait]
impl Operation for CheckIfPhoneNumberIsOptedOut {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "CheckIfPhoneNumberIsOptedOut";

    async fn permissions(_: &Sns, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("sns:CheckIfPhoneNumberIsOptedOut", "*")])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        let number = access::required("phoneNumber", &input.phone_number)?;
        if !engine::is_number(number) {
            let reason = "PhoneNumber Reason: input incorrectly formatted";
            return Err(faults::invalid(reason).into());
        }
        let phone = face.engine.phone(account, region, number).await?;
        Ok(json!({ "isOptedOut": phone.is_some_and(|phone| phone.opted_out) }))
    }
}
