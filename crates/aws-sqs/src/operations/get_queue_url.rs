//! `GetQueueUrl`: where a queue is, by its name.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use model::Fault;

use crate::engine::QueueKey;
use crate::{Sqs, faults, urls};

pub struct GetQueueUrl;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_name: Option<String>,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

#[async_trait]
impl Operation for GetQueueUrl {
    type Face = Sqs;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "GetQueueUrl";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![face.on_key(&input.key(call)?, "sqs:GetQueueUrl").await?])
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<Value, Failure> {
        let key = input.key(call)?;
        face.engine.open(&key).await?.ok_or_else(faults::no_queue)?;
        Ok(json!({ "QueueUrl": urls::of(call, &key) }))
    }
}

impl Input {
    fn key(&self, call: &Call) -> Result<QueueKey, Fault> {
        let name = self.queue_name.clone().filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| faults::missing("QueueName"))?;
        let account = match &self.owner {
            Some(owner) => owner.parse().map_err(|_| faults::no_queue())?,
            None => call.caller.account.clone(),
        };
        Ok(QueueKey { account, region: call.region.clone(), name })
    }
}
