//! `ListSMSSandboxPhoneNumbers`: the numbers of the sandbox, page by page.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::engine::Phone;
use crate::{Sns, limits, pages};

pub struct ListSMSSandboxPhoneNumbers;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    next_token: Option<String>,
    max_results: Option<usize>,
}

#[async_trait]
impl Operation for ListSMSSandboxPhoneNumbers {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListSMSSandboxPhoneNumbers";

    async fn permissions(_: &Sns, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("sns:ListSMSSandboxPhoneNumbers", "*")])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        let after = pages::place(input.next_token.as_deref())?;
        let limit = input.max_results.unwrap_or(limits::PAGE).clamp(1, limits::PAGE);
        let (phones, next) = face.engine.phones(account, region, after.as_ref(), limit).await?;
        let shape = |phone: Phone| {
            let status = if phone.verified? { "Verified" } else { "Pending" };
            Some(json!({ "PhoneNumber": phone.number, "Status": status }))
        };
        let numbers: Vec<Value> = phones.into_iter().filter_map(shape).collect();
        Ok(json!({ "PhoneNumbers": numbers, "NextToken": pages::token(next) }))
    }
}
