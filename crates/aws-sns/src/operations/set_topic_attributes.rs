//! `SetTopicAttributes`: another attribute.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::{Sns, access, faults, settings};

pub struct SetTopicAttributes;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    topic_arn: Option<String>,
    attribute_name: Option<String>,
    attribute_value: Option<String>,
}

#[async_trait]
impl Operation for SetTopicAttributes {
    type Face = Sns;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "SetTopicAttributes";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:SetTopicAttributes").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<(), Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        let name = input.attribute_name.as_deref().unwrap_or_default();
        let value = input.attribute_value.as_deref().unwrap_or_default();
        if name == "FifoTopic" {
            return Err(faults::invalid("AttributeName").into());
        }
        face.engine.change(&key, |topic| settings::set_topic(topic, name, value, Self::NAME)).await
    }
}
