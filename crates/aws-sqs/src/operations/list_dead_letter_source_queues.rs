//! `ListDeadLetterSourceQueues`: the queues whose dead letters come here.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};

use super::listing;
use crate::{Sqs, urls};

pub struct ListDeadLetterSourceQueues;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    queue_url: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[async_trait]
impl Operation for ListDeadLetterSourceQueues {
    type Face = Sqs;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListDeadLetterSourceQueues";

    async fn permissions(face: &Sqs, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        face.on_queue(call, input.queue_url.as_deref(), "sqs:ListDeadLetterSourceQueues").await
    }

    async fn run(face: &Sqs, call: &Call, input: Input) -> Result<Value, Failure> {
        let open = face.queue(call, input.queue_url.as_deref()).await?;
        let limit = listing::limit(input.max_results)?;
        let after = input.next_token.as_deref().map(listing::place).transpose()?;
        let mut sources = face.engine.sources_of(&open.queue().key.arn()).await?;
        sources.retain(|queue| after.as_ref().is_none_or(|after| queue.key.name > *after));
        let is_more = sources.len() > limit && input.max_results.is_some();
        sources.truncate(limit);
        let urls: Vec<_> = sources.iter().map(|queue| urls::of(call, &queue.key)).collect();
        let mut answer = json!({ "queueUrls": urls });
        if let Some(last) = sources.last().filter(|_| is_more) {
            answer["NextToken"] = json!(listing::token(&last.key.name));
        }
        Ok(answer)
    }
}
