//! `OptInPhoneNumber`: a number wants messages again.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, access};

pub struct OptInPhoneNumber;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    phone_number: Option<String>,
}

#[async_trait]
impl Operation for OptInPhoneNumber {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "OptInPhoneNumber";

    async fn permissions(_: &Sns, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("sns:OptInPhoneNumber", "*")])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        let number = access::required("phoneNumber", &input.phone_number)?;
        face.engine.change_phone(account, region, number, |phone| phone.opted_out = false).await?;
        Ok(json!({}))
    }
}
