//! `TagResource`: tags of a topic; those of the same keys are replaced.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::engine::Topic;
use crate::{Sns, access, faults, forms, limits};

pub struct TagResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource_arn: Option<String>,
    #[serde(default)]
    tags: Vec<forms::Tag>,
}

#[async_trait]
impl Operation for TagResource {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "TagResource";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.resource_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:TagResource").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let key = access::topic_of(input.resource_arn.as_deref())?;
        face.engine.topic(&key).await?.ok_or_else(faults::no_resource)?;
        let tags = forms::tags(&input.tags);
        if tags.len() < input.tags.len() {
            return Err(faults::invalid("Duplicated keys are not allowed.").into());
        }
        let tag = |topic: &mut Topic| {
            topic.tags.extend(tags.clone());
            if topic.tags.len() > limits::TAGS { Err(faults::tag_limit()) } else { Ok(()) }
        };
        face.engine.change(&key, tag).await?;
        Ok(json!({}))
    }
}
