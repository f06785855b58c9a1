//! `PutDataProtectionPolicy`: what a topic's messages must not hold: stored.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::engine::Topic;
use crate::{Sns, access};

pub struct PutDataProtectionPolicy;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource_arn: Option<String>,
    data_protection_policy: Option<String>,
}

#[async_trait]
impl Operation for PutDataProtectionPolicy {
    type Face = Sns;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "PutDataProtectionPolicy";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.resource_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:PutDataProtectionPolicy").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<(), Failure> {
        let _ = call;
        let key = access::topic_of(input.resource_arn.as_deref())?;
        let put = |topic: &mut Topic| {
            topic.data_protection = input.data_protection_policy.clone().filter(|policy| !policy.is_empty());
            Ok(())
        };
        face.engine.change(&key, put).await
    }
}
