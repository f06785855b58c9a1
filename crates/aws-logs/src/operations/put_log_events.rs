//! `PutLogEvents`: events into a stream, all that may be taken of one request or none.

use std::ops::Range;

use async_trait::async_trait;
use model::{Failure, Fault, Permission, Time};
use serde::{Deserialize, Serialize};
use service::{Call, Operation};
use telemetry::{EVENT_OVERHEAD_BYTES, NewLine};

use crate::checks::Checks;
use crate::{Face, faults, groups, limits, tokens};

pub struct PutLogEvents;

// AWS: `sequenceToken` is taken and means nothing since 2023.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Input {
    log_group_name: String,
    log_stream_name: String,
    log_events: Vec<LogEvent>,
    entity: Option<Entity>,
}

#[derive(Deserialize)]
struct LogEvent {
    timestamp: i64,
    message: String,
}

/// Whatever it says, it is rejected, and the events are not.
#[derive(Deserialize)]
struct Entity {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    next_sequence_token: String,
    #[serde(skip_serializing_if = "Rejected::is_empty")]
    rejected_log_events_info: Rejected,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_entity_info: Option<RejectedEntity>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rejected {
    /// The first one that is too new.
    #[serde(skip_serializing_if = "Option::is_none")]
    too_new_log_event_start_index: Option<usize>,
    /// Behind the last one that is too old.
    #[serde(skip_serializing_if = "Option::is_none")]
    too_old_log_event_end_index: Option<usize>,
    /// Behind the last one that the group's retention no longer keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_log_event_end_index: Option<usize>,
}

impl Rejected {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RejectedEntity {
    error_type: &'static str,
}

#[async_trait]
impl Operation for PutLogEvents {
    type Face = Face;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "PutLogEvents";

    async fn permissions(_: &Face, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let at = groups::named(call, &input.log_group_name);
        Ok(vec![groups::on_stream(&at, &input.log_stream_name, "logs:PutLogEvents")])
    }

    async fn run(face: &Face, call: &Call, input: Input) -> Result<Output, Failure> {
        check(&input)?;
        let (at, name) = (groups::named(call, &input.log_group_name), input.log_stream_name);
        let group = face.logs.group(&at).await.map_err(faults::of_group)?.group;
        let stream = face.logs.stream(&at, &name).await.map_err(faults::of_stream)?;
        let (taken, rejected) = sort_out(&input.log_events, call.time, group.kept_since(call.time));
        check_span(&input.log_events[taken.clone()])?;
        let line =
            |event: LogEvent| NewLine { time: Time::from_millis(event.timestamp), message: event.message };
        let events = input.log_events.into_iter().skip(taken.start).take(taken.len());
        let lines: Vec<NewLine> = events.map(line).collect();
        let arrival = if lines.is_empty() {
            stream.written.map_or(0, |written| written.arrival)
        } else {
            face.logs.append(&at, &name, &lines).await.map_err(faults::of_stream)?
        };
        Ok(Output {
            next_sequence_token: tokens::sequence(arrival),
            rejected_log_events_info: rejected,
            rejected_entity_info: input
                .entity
                .map(|Entity {}| RejectedEntity { error_type: "UnsupportedLogGroupType" }),
        })
    }
}

fn check(input: &Input) -> Result<(), Fault> {
    let events = &input.log_events;
    let mut checks = Checks::new()
        .group_name("logGroupName", &input.log_group_name)
        .stream_name("logStreamName", &input.log_stream_name)
        .count("logEvents", events.len(), 1, limits::PUT_EVENTS);
    for (number, event) in events.iter().enumerate().take(limits::PUT_EVENTS) {
        if event.message.is_empty() || event.timestamp < 0 {
            let member = |name| format!("logEvents.{}.member.{name}", number + 1);
            checks = checks.length(&member("message"), &event.message, 1, usize::MAX).within(
                &member("timestamp"),
                event.timestamp,
                0,
                i64::MAX,
            );
            break;
        }
    }
    checks.done()?;
    let bytes: usize = events.iter().map(|event| event.message.len() + EVENT_OVERHEAD_BYTES).sum();
    if bytes > limits::PUT_BYTES {
        let most = limits::PUT_BYTES;
        return Err(faults::invalid_parameter(format!(
            "Upload too large: {bytes} bytes exceeds limit of {most}"
        )));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        let message = "Log events in a single PutLogEvents request must be in chronological order.";
        return Err(faults::invalid_parameter(message));
    }
    Ok(())
}

fn check_span(events: &[LogEvent]) -> Result<(), Fault> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(()) };
    if i128::from(last.timestamp) - i128::from(first.timestamp) <= limits::PUT_SPAN.as_millis() as i128 {
        return Ok(());
    }
    let message = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.";
    Err(faults::invalid_parameter(message))
}

/// Which of the events, in order of time, are taken, and what is said of the others.
fn sort_out(events: &[LogEvent], now: Time, kept_since: Time) -> (Range<usize>, Rejected) {
    let before = |time: Time| events.partition_point(|event| event.timestamp < time.as_millis());
    let too_old = before(now - limits::PUT_AGE);
    let expired = before(kept_since);
    let too_new = events.partition_point(|event| event.timestamp <= (now + limits::PUT_AHEAD).as_millis());
    let rejected = Rejected {
        too_new_log_event_start_index: (too_new < events.len()).then_some(too_new),
        too_old_log_event_end_index: (too_old > 0).then_some(too_old),
        expired_log_event_end_index: (expired > 0).then_some(expired),
    };
    let start = too_old.max(expired);
    (start..too_new.max(start), rejected)
}
