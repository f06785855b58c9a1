//! `ReplayEvent`: the same document again, to where it went or to another function.

use async_trait::async_trait;
use model::{Arn, Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use super::get_event;
use crate::admin::Admin;
use crate::faults;

pub struct ReplayEvent;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    id: String,
    /// A function, as `NAME[:QUALIFIER]` or by its ARN, in place of where the event went.
    to: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// Of the new event, which came out of the old one.
    id: String,
    target: String,
}

#[async_trait]
impl Operation for ReplayEvent {
    type Face = Admin;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ReplayEvent";

    async fn permissions(_: &Admin, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("dayfly:ReplayEvent", "*")])
    }

    async fn run(admin: &Admin, call: &Call, input: Input) -> Result<Output, Failure> {
        let event = get_event::find(admin, call, &input.id).await?;
        let target = match &input.to {
            None => event.target.clone(),
            Some(_) if event.target.service != "lambda" => {
                let message = "What went to a queue or a topic is no event that a function understands.";
                return Err(faults::invalid_parameter(message).into());
            }
            Some(to) => function(call, to)?,
        };
        let Some(replayed) = admin.delivery.replay(&event, target.clone(), call.cause.clone()).await? else {
            let message = "Its document is not kept: what lies in a queue, or was taken from one, is there or in the \
                           queue's dead-letter queue.";
            return Err(faults::invalid_parameter(message).into());
        };
        Ok(Output { id: replayed.to_string(), target: target.to_string() })
    }
}

fn function(call: &Call, to: &str) -> Result<Arn, Failure> {
    if to.starts_with("arn:") {
        let arn: Option<Arn> = to.parse().ok();
        let arn = arn.filter(|arn| arn.service == "lambda" && arn.account == call.caller.account.as_str());
        return Ok(arn.ok_or_else(|| faults::invalid_parameter("That is no function of this account."))?);
    }
    let resource = format!("function:{to}");
    Ok(Arn::new("lambda", call.region.as_str(), call.caller.account.as_str(), resource))
}
