//! `ListSubscriptionsByTopic`: the subscriptions to a topic.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::Value;
use service::{Call, Operation};

use super::listing;
use crate::{Sns, access};

pub struct ListSubscriptionsByTopic;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    topic_arn: Option<String>,
    next_token: Option<String>,
}

#[async_trait]
impl Operation for ListSubscriptionsByTopic {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListSubscriptionsByTopic";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:ListSubscriptionsByTopic").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        face.topic(&key).await?;
        let all = face.engine.subscriptions_to(&key).await?;
        Ok(listing::page(&all, input.next_token.as_deref()))
    }
}
