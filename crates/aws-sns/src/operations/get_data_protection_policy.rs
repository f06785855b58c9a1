//! `GetDataProtectionPolicy`: the data protection policy of a topic.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, access, faults};

pub struct GetDataProtectionPolicy;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource_arn: Option<String>,
}

#[async_trait]
impl Operation for GetDataProtectionPolicy {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "GetDataProtectionPolicy";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.resource_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:GetDataProtectionPolicy").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let key = access::topic_of(input.resource_arn.as_deref())?;
        let topic = face.engine.topic(&key).await?.ok_or_else(faults::no_topic)?;
        Ok(json!({ "DataProtectionPolicy": topic.data_protection.unwrap_or_default() }))
    }
}
