//! `ListPhoneNumbersOptedOut`: the numbers that want no messages, page by page.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, limits, pages};

pub struct ListPhoneNumbersOptedOut;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    next_token: Option<String>,
}

#[async_trait]
impl Operation for ListPhoneNumbersOptedOut {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListPhoneNumbersOptedOut";

    async fn permissions(_: &Sns, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("sns:ListPhoneNumbersOptedOut", "*")])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        let after = pages::place(input.next_token.as_deref())?;
        let (phones, next) = face.engine.phones(account, region, after.as_ref(), limits::PAGE).await?;
        let out = phones.into_iter().filter(|phone| phone.opted_out);
        let numbers: Vec<String> = out.map(|phone| phone.number).collect();
        Ok(json!({ "phoneNumbers": numbers, "nextToken": pages::token(next) }))
    }
}
