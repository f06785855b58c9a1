//! `GetTopicAttributes`: what is said of a topic, and how many are subscribed to it.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, access, forms, settings};

pub struct GetTopicAttributes;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    topic_arn: Option<String>,
}

#[async_trait]
impl Operation for GetTopicAttributes {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "GetTopicAttributes";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:GetTopicAttributes").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        let ready = face.topic(&key).await?;
        Ok(json!({ "Attributes": forms::shown(&settings::shown_topic(&ready)) }))
    }
}
