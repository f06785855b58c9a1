//! `SetSubscriptionAttributes`: another attribute.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::{Sns, access, settings};

pub struct SetSubscriptionAttributes;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    subscription_arn: Option<String>,
    attribute_name: Option<String>,
    attribute_value: Option<String>,
}

#[async_trait]
impl Operation for SetSubscriptionAttributes {
    type Face = Sns;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "SetSubscriptionAttributes";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let (topic, _) = access::subscription_of(input.subscription_arn.as_deref())?;
        Ok(vec![face.on_topic(&topic, "sns:SetSubscriptionAttributes").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<(), Failure> {
        let _ = call;
        let mut subscription = face.subscription(input.subscription_arn.as_deref()).await?;
        let name = input.attribute_name.as_deref().unwrap_or_default();
        settings::set_subscription(
            &mut subscription,
            name,
            input.attribute_value.as_deref().unwrap_or_default(),
        )?;
        face.engine.keep(&subscription).await
    }
}
