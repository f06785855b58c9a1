//! `ListSubscriptions`: the subscriptions to the topics of the caller's account and region.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::Value;
use service::{Call, Operation};

use super::listing;
use crate::Sns;

pub struct ListSubscriptions;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    next_token: Option<String>,
}

#[async_trait]
impl Operation for ListSubscriptions {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListSubscriptions";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = (face, input);
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        Ok(vec![Permission::new("sns:ListSubscriptions", format!("arn:aws:sns:{region}:{account}:*"))])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let all = face.engine.subscriptions(&call.caller.account, &call.region).await?;
        Ok(listing::page(&all, input.next_token.as_deref()))
    }
}
