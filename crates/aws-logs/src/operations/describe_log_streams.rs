//! `DescribeLogStreams`: streams of a group by name or by their last event.

use async_trait::async_trait;
use model::{Failure, Fault, Permission, Time};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};
use telemetry::{GroupAt, Stream, StreamOrder, StreamsAsk};

use crate::checks::Checks;
use crate::{Face, faults, groups, limits, tokens};

pub struct DescribeLogStreams;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    descending: bool,
    limit: Option<i64>,
    log_group_identifier: Option<String>,
    log_group_name: Option<String>,
    log_stream_name_prefix: Option<String>,
    next_token: Option<String>,
    order_by: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    log_streams: Vec<LogStream>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogStream {
    log_stream_name: String,
    creation_time: Time,
    #[serde(flatten)]
    written: Option<EventTimes>,
    upload_sequence_token: String,
    arn: String,
    // AWS: always zero for streams since 2019.
    stored_bytes: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventTimes {
    first_event_timestamp: Time,
    last_event_timestamp: Time,
    last_ingestion_time: Time,
}

#[async_trait]
impl Operation for DescribeLogStreams {
    type Face = Face;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "DescribeLogStreams";

    async fn permissions(_: &Face, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let at =
            groups::either(call, input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
        Ok(vec![groups::on_group(&at, "logs:DescribeLogStreams")])
    }

    async fn run(face: &Face, call: &Call, input: Input) -> Result<Output, Failure> {
        let at =
            groups::either(call, input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
        let (streams, next) = face.logs.streams(&at, &ask(input)?).await.map_err(faults::of_stream)?;
        let log_streams = streams.into_iter().map(|(name, stream)| described(&at, name, &stream)).collect();
        Ok(Output { log_streams, next_token: next.map(|mark| mark.to_string()) })
    }
}

fn ask(input: Input) -> Result<StreamsAsk, Fault> {
    const ORDERS: [&str; 2] = ["LogStreamName", "LastEventTime"];
    Checks::new()
        .given(input.limit.as_ref(), |checks, limit| {
            checks.within("limit", *limit, 1, limits::DESCRIBE_PAGE as i64)
        })
        .given(input.log_stream_name_prefix.as_deref(), |checks, name| {
            checks.stream_name("logStreamNamePrefix", name)
        })
        .given(input.order_by.as_deref(), |checks, order| checks.one_of("orderBy", order, &ORDERS))
        .done()?;
    let by_time = input.order_by.as_deref() == Some("LastEventTime");
    if by_time && input.log_stream_name_prefix.is_some() {
        return Err(faults::invalid_parameter("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let after =
        input.next_token.map(|token| token.parse()).transpose().map_err(|_| faults::invalid_token())?;
    Ok(StreamsAsk {
        prefix: input.log_stream_name_prefix.unwrap_or_default(),
        order: if by_time { StreamOrder::LastEvent } else { StreamOrder::Name },
        descending: input.descending,
        after,
        limit: input.limit.map_or(limits::DESCRIBE_PAGE, |limit| limit as usize),
    })
}

fn described(at: &GroupAt, name: String, stream: &Stream) -> LogStream {
    LogStream {
        creation_time: stream.created,
        written: stream.written.map(|written| EventTimes {
            first_event_timestamp: written.first,
            last_event_timestamp: written.last,
            last_ingestion_time: written.ingested,
        }),
        upload_sequence_token: tokens::sequence(stream.written.map_or(0, |written| written.arrival)),
        arn: groups::arn(at, &format!(":log-stream:{name}")),
        stored_bytes: 0,
        log_stream_name: name,
    }
}
