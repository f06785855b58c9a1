//! `FilterLogEvents`: events of many streams of a group in one order, those that a pattern matches.

use async_trait::async_trait;
use model::{Failure, Fault, Permission, Time};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};
use telemetry::{End, Pattern, SearchAsk, Which};

use crate::checks::Checks;
use crate::tokens::Token;
use crate::{Face, faults, groups, limits};

pub struct FilterLogEvents;

/// AWS: from the end backwards only for events since 2024.
const BACKWARD_SINCE: Time = Time::from_millis(1_704_067_200_000);

// AWS: `interleaved` is taken and means nothing since 2019: events always are.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<Time>,
    end_time: Option<Time>,
    filter_pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
    start_from_head: Option<bool>,
    unmask: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    events: Vec<FilteredLogEvent>,
    // AWS: always empty since 2020.
    searched_log_streams: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FilteredLogEvent {
    log_stream_name: String,
    timestamp: Time,
    message: String,
    ingestion_time: Time,
    event_id: String,
}

#[async_trait]
impl Operation for FilterLogEvents {
    type Face = Face;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "FilterLogEvents";

    async fn permissions(_: &Face, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let at =
            groups::either(call, input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
        Ok(vec![groups::on_group(&at, "logs:FilterLogEvents")])
    }

    async fn run(face: &Face, call: &Call, input: Input) -> Result<Output, Failure> {
        let at =
            groups::either(call, input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
        let ask = ask(input)?;
        let page = face.logs.search(&at, &ask).await.map_err(faults::of_stream)?;
        let told = |event: telemetry::Event| FilteredLogEvent {
            log_stream_name: event.stream.to_string(),
            timestamp: event.time,
            message: event.message,
            ingestion_time: event.ingested,
            event_id: event.position.to_string(),
        };
        let token = |position| match ask.from {
            End::First => Token::Forward(position),
            End::Last => Token::Backward(position),
        };
        Ok(Output {
            events: page.events.into_iter().map(told).collect(),
            searched_log_streams: [],
            next_token: page.next.map(|position| token(position).write()),
        })
    }
}

fn ask(input: Input) -> Result<SearchAsk, Fault> {
    check(&input)?;
    let (from, after) = match input.next_token.as_deref().map(Token::read) {
        Some(Some(Token::Forward(position))) => (End::First, Some(position)),
        Some(Some(Token::Backward(position))) => (End::Last, Some(position)),
        Some(None) => return Err(faults::invalid_token()),
        None if input.start_from_head.unwrap_or(true) => (End::First, None),
        None => (End::Last, None),
    };
    if from == End::Last && input.start_time.is_some_and(|start| start < BACKWARD_SINCE) {
        let message = "startFromHead can be false only when startTime is on or after 2024-01-01T00:00:00Z.";
        return Err(faults::invalid_parameter(message));
    }
    let pattern = input.filter_pattern.filter(|pattern| !pattern.is_empty());
    Ok(SearchAsk {
        start: input.start_time,
        end: input.end_time,
        streams: match (input.log_stream_names, input.log_stream_name_prefix) {
            (Some(names), _) => Which::Named(names),
            (None, Some(prefix)) => Which::Prefixed(prefix),
            (None, None) => Which::All,
        },
        pattern: pattern
            .map(|pattern| Pattern::parse(&pattern))
            .transpose()
            .map_err(faults::invalid_pattern)?,
        from,
        after,
        limit: input.limit.map_or(limits::EVENTS_PAGE, |limit| limit as usize),
    })
}

fn check(input: &Input) -> Result<(), Fault> {
    let names = input.log_stream_names.as_deref();
    let mut checks = Checks::new()
        .given(names, |checks, names| checks.count("logStreamNames", names.len(), 1, limits::FILTER_STREAMS))
        .given(input.log_stream_name_prefix.as_deref(), |checks, name| {
            checks.stream_name("logStreamNamePrefix", name)
        })
        .given(input.filter_pattern.as_deref(), |checks, pattern| {
            checks.length("filterPattern", pattern, 0, limits::PATTERN)
        })
        .given(input.limit.as_ref(), |checks, limit| {
            checks.within("limit", *limit, 1, limits::EVENTS_PAGE as i64)
        });
    for name in names.into_iter().flatten() {
        checks = checks.stream_name("logStreamNames", name);
    }
    checks.done()?;
    if names.is_some() && input.log_stream_name_prefix.is_some() {
        let message = "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.";
        return Err(faults::invalid_parameter(message));
    }
    if input.unmask {
        return Err(faults::member_not_implemented("unmask"));
    }
    Ok(())
}
