//! `ListOriginationNumbers`: the numbers that messages come from: there are none.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, faults, pages};

pub struct ListOriginationNumbers;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    next_token: Option<String>,
    max_results: Option<usize>,
}

#[async_trait]
impl Operation for ListOriginationNumbers {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListOriginationNumbers";

    async fn permissions(_: &Sns, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("sns:ListOriginationNumbers", "*")])
    }

    async fn run(_: &Sns, _: &Call, input: Input) -> Result<Value, Failure> {
        pages::place(input.next_token.as_deref())?;
        if input.max_results.is_some_and(|results| !(1..=30).contains(&results)) {
            return Err(faults::invalid("MaxResults").into());
        }
        Ok(json!({ "PhoneNumbers": [] }))
    }
}
