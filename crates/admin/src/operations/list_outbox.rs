//! `ListOutbox`: mails, text messages and notifications that were sent to people and devices, newest first. None has left
//! the platform.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::admin::Admin;
use crate::{faults, limits};

pub struct ListOutbox;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    limit: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    outbox: Vec<OutgoingView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OutgoingView {
    time: String,
    protocol: String,
    to: String,
    subject: Option<String>,
    body: String,
    topic: Option<String>,
}

#[async_trait]
impl Operation for ListOutbox {
    type Face = Admin;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "ListOutbox";

    async fn permissions(_: &Admin, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("dayfly:ListOutbox", "*")])
    }

    async fn run(admin: &Admin, call: &Call, input: Input) -> Result<Output, Failure> {
        let limit = input.limit.unwrap_or(limits::EVENTS_PAGE_DEFAULT);
        if !(1..=limits::EVENTS_PAGE).contains(&limit) {
            let message = format!("The limit is from 1 to {}.", limits::EVENTS_PAGE);
            return Err(faults::invalid_parameter(message).into());
        }
        let outbox = admin.outbox.outbox(&call.caller.account, limit).await?;
        let view = |one: crate::Outgoing| OutgoingView {
            time: one.time.iso8601(),
            protocol: one.protocol,
            to: one.to,
            subject: one.subject,
            body: one.body,
            topic: one.topic,
        };
        Ok(Output { outbox: outbox.into_iter().map(view).collect() })
    }
}
