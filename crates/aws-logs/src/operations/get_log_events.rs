//! `GetLogEvents`: one stream, page by page from either end.

use async_trait::async_trait;
use model::{Failure, Fault, Permission, Time};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};
use telemetry::{From, ReadAsk};

use crate::checks::Checks;
use crate::tokens::Token;
use crate::{Face, faults, groups, limits};

pub struct GetLogEvents;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: String,
    start_time: Option<Time>,
    end_time: Option<Time>,
    next_token: Option<String>,
    limit: Option<i64>,
    start_from_head: bool,
    unmask: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    events: Vec<OutputLogEvent>,
    next_forward_token: String,
    next_backward_token: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutputLogEvent {
    timestamp: Time,
    message: String,
    ingestion_time: Time,
}

#[async_trait]
impl Operation for GetLogEvents {
    type Face = Face;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "GetLogEvents";

    async fn permissions(_: &Face, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let at =
            groups::either(call, input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
        Ok(vec![groups::on_stream(&at, &input.log_stream_name, "logs:GetLogEvents")])
    }

    async fn run(face: &Face, call: &Call, input: Input) -> Result<Output, Failure> {
        let at =
            groups::either(call, input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
        let ask = ask(&input)?;
        let page = face.logs.read(&at, &input.log_stream_name, &ask).await.map_err(faults::of_stream)?;
        let told = |event: telemetry::Event| OutputLogEvent {
            timestamp: event.time,
            message: event.message,
            ingestion_time: event.ingested,
        };
        Ok(Output {
            events: page.events.into_iter().map(told).collect(),
            next_forward_token: Token::Forward(page.forward).write(),
            next_backward_token: Token::Backward(page.backward).write(),
        })
    }
}

fn ask(input: &Input) -> Result<ReadAsk, Fault> {
    Checks::new()
        .stream_name("logStreamName", &input.log_stream_name)
        .given(input.limit.as_ref(), |checks, limit| {
            checks.within("limit", *limit, 1, limits::EVENTS_PAGE as i64)
        })
        .done()?;
    if input.unmask {
        return Err(faults::member_not_implemented("unmask"));
    }
    let from = match input.next_token.as_deref().map(Token::read) {
        Some(Some(Token::Forward(position))) => From::After(position),
        Some(Some(Token::Backward(position))) => From::Before(position),
        Some(None) => return Err(faults::invalid_token()),
        None if input.start_from_head => From::Head,
        None => From::Tail,
    };
    let limit = input.limit.map_or(limits::EVENTS_PAGE, |limit| limit as usize);
    Ok(ReadAsk { start: input.start_time, end: input.end_time, from, limit })
}
