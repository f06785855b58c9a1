//! `RemovePermission`: a statement less in a topic's policy.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::engine::Topic;
use crate::{Sns, access, policy};

pub struct RemovePermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    topic_arn: Option<String>,
    label: Option<String>,
}

#[async_trait]
impl Operation for RemovePermission {
    type Face = Sns;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "RemovePermission";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:RemovePermission").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<(), Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        let label = input.label.as_deref().unwrap_or_default();
        let remove = |topic: &mut Topic| {
            policy::remove(topic, label);
            Ok(())
        };
        face.engine.change(&key, remove).await
    }
}
