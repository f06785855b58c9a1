//! `GetSMSAttributes`: what is set for text messages.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, forms};

pub struct GetSMSAttributes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    attributes: Vec<String>,
}

#[async_trait]
impl Operation for GetSMSAttributes {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "GetSMSAttributes";

    async fn permissions(_: &Sns, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("sns:GetSMSAttributes", "*")])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        let mut set = face.engine.sms_settings(account, region).await?.0;
        let wanted = input.attributes;
        set.retain(|name, _| wanted.is_empty() || wanted.contains(name));
        Ok(json!({ "attributes": forms::shown(&set) }))
    }
}
