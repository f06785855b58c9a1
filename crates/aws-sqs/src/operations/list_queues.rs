//! `ListQueues`: the queues of the caller's account and region, by name.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use super::listing;
use crate::{Sqs, urls};

pub struct ListQueues;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_name_prefix: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[async_trait]
impl Operation for ListQueues {
    type Face = Sqs;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListQueues";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = (face, input);
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        Ok(vec![Permission::new("sqs:ListQueues", format!("arn:aws:sqs:{region}:{account}:*"))])
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<Value, Failure> {
        let limit = listing::limit(input.max_results)?;
        let after = input.next_token.as_deref().map(listing::place).transpose()?;
        let prefix = input.queue_name_prefix.as_deref().unwrap_or_default();
        let (account, region) = (&call.caller.account, &call.region);
        let mut queues = face.engine.list(account, region, prefix, after.as_deref(), limit + 1).await?;
        // AWS: who does not say how many gets a thousand and no token.
        let is_more = queues.len() > limit && input.max_results.is_some();
        queues.truncate(limit);
        let urls: Vec<_> = queues.iter().map(|queue| urls::of(call, &queue.key)).collect();
        let mut answer = json!({});
        if !urls.is_empty() {
            answer["QueueUrls"] = json!(urls);
        }
        if let Some(last) = queues.last().filter(|_| is_more) {
            answer["NextToken"] = json!(listing::token(&last.key.name));
        }
        Ok(answer)
    }
}
