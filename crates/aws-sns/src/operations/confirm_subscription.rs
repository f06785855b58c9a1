//! `ConfirmSubscription`: who was asked wants to be subscribed.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, access, faults};

pub struct ConfirmSubscription;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    topic_arn: Option<String>,
    token: Option<String>,
    authenticate_on_unsubscribe: Option<String>,
}

#[async_trait]
impl Operation for ConfirmSubscription {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ConfirmSubscription";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        // Whoever has the token may.
        let _ = (face, call, input);
        Ok(Vec::new())
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        face.topic(&key).await?;
        let token = input.token.as_deref().unwrap_or_default();
        let all = face.engine.subscriptions_to(&key).await?;
        let Some(mut subscription) = all.into_iter().find(|one| one.token.as_deref() == Some(token)) else {
            return Err(faults::invalid("Token").into());
        };
        subscription.token = None;
        subscription.authenticated = input.authenticate_on_unsubscribe.as_deref() == Some("true");
        face.engine.keep(&subscription).await?;
        Ok(json!({ "SubscriptionArn": subscription.arn() }))
    }
}
