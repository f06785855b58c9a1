//! `UntagResource`: a topic without some of its tags.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::engine::Topic;
use crate::{Sns, access, faults};

pub struct UntagResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource_arn: Option<String>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

#[async_trait]
impl Operation for UntagResource {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "UntagResource";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.resource_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:UntagResource").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let key = access::topic_of(input.resource_arn.as_deref())?;
        face.engine.topic(&key).await?.ok_or_else(faults::no_resource)?;
        let untag = |topic: &mut Topic| {
            topic.tags.retain(|key, _| !input.tag_keys.contains(key));
            Ok(())
        };
        face.engine.change(&key, untag).await?;
        Ok(json!({}))
    }
}
