//! `DeleteTopic`: a topic goes with its subscriptions. AWS: one that is not there is no failure.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::{Sns, access};

pub struct DeleteTopic;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    topic_arn: Option<String>,
}

#[async_trait]
impl Operation for DeleteTopic {
    type Face = Sns;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "DeleteTopic";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        Ok(vec![face.on_topic(&key, "sns:DeleteTopic").await?])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<(), Failure> {
        let _ = call;
        let key = access::topic_of(input.topic_arn.as_deref())?;
        face.engine.remove(&key).await?;
        Ok(())
    }
}
