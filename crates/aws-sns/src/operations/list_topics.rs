//! `ListTopics`: the topics of the caller's account and region, by name.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation};
use store::Key;

use crate::{Sns, faults, limits, pages};

pub struct ListTopics;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    next_token: Option<String>,
}

#[async_trait]
impl Operation for ListTopics {
    type Face = Sns;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "ListTopics";

    async fn permissions(face: &Sns, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let _ = (face, input);
        let (account, region) = (call.caller.account.as_str(), call.region.as_str());
        Ok(vec![Permission::new("sns:ListTopics", format!("arn:aws:sns:{region}:{account}:*"))])
    }

    async fn run(face: &Sns, call: &Call, input: Input) -> Result<Value, Failure> {
        let after = pages::place(input.next_token.as_deref())?;
        let after = after.map(|after| after.last_text()).transpose();
        let after = after.map_err(|_| faults::invalid("NextToken"))?;
        let after = after.as_deref();
        let mut topics =
            face.engine.topics(&call.caller.account, &call.region, after, limits::PAGE + 1).await?;
        let is_more = topics.len() > limits::PAGE;
        topics.truncate(limits::PAGE);
        let shown: Vec<_> = topics.iter().map(|topic| json!({ "TopicArn": topic.key.arn() })).collect();
        let last = topics.last().filter(|_| is_more);
        let token = pages::token(last.map(|topic| Key::new().text(&topic.key.name)));
        Ok(json!({ "Topics": shown, "NextToken": token }))
    }
}
