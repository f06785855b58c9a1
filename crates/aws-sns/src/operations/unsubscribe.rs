//! `Unsubscribe`: somebody gets no more. AWS: a subscription that is not there is no failure.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use model::Identity;

use crate::{Sns, access, faults};

pub struct Unsubscribe;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    subscription_arn: Option<String>,
}

#[async_trait]
impl Operation for Unsubscribe {
    type Face = Sns;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "Unsubscribe";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let (topic, id) = access::subscription_of(input.subscription_arn.as_deref())?;
        // The link in a message does, where nobody has asked for more.
        let known = face.engine.subscription(&topic, &id).await?;
        let is_free = known.is_none_or(|one| !one.authenticated || one.protocol == "email");
        if call.caller.identity == Identity::Anonymous && is_free {
            return Ok(Vec::new());
        }
        Ok(vec![face.on_topic(&topic, "sns:Unsubscribe").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<(), Failure> {
        let _ = call;
        let (topic, id) = access::subscription_of(input.subscription_arn.as_deref())?;
        match face.engine.subscription(&topic, &id).await? {
            Some(subscription) if subscription.is_pending() => {
                Err(faults::invalid("This subscription can not be deleted before confirmation").into())
            }
            Some(subscription) => face.engine.end(&subscription).await,
            None => Ok(()),
        }
    }
}
