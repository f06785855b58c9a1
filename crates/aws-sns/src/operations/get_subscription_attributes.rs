//! `GetSubscriptionAttributes`: what is said of a subscription.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, access, forms, settings};

pub struct GetSubscriptionAttributes;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    subscription_arn: Option<String>,
}

#[async_trait]
impl Operation for GetSubscriptionAttributes {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "GetSubscriptionAttributes";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let (topic, _) = access::subscription_of(input.subscription_arn.as_deref())?;
        Ok(vec![face.on_topic(&topic, "sns:GetSubscriptionAttributes").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let subscription = face.subscription(input.subscription_arn.as_deref()).await?;
        let ready = face.topic(&subscription.topic).await?;
        let policy = ready.topic.attribute("DeliveryPolicy");
        Ok(json!({ "Attributes": forms::shown(&settings::shown_subscription(&subscription, policy)) }))
    }
}
