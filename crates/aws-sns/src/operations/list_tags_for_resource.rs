//! `ListTagsForResource`: the tags of a topic.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use crate::{Sns, access, faults};

pub struct ListTagsForResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource_arn: Option<String>,
}

#[async_trait]
impl Operation for ListTagsForResource {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListTagsForResource";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.resource_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:ListTagsForResource").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let _ = call;
        let key = access::topic_of(input.resource_arn.as_deref())?;
        let topic = face.engine.topic(&key).await?.ok_or_else(faults::no_resource)?;
        let tags: Vec<_> =
            topic.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
        Ok(json!({ "Tags": tags }))
    }
}
