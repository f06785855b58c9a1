//! An event as its row has it: what most events have alike is left out. There is a row for each message of each queue.

use std::time::Duration;

use model::{AccountId, Arn, Cause, EventId, Internal, Region, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Record;

use crate::event::{Event, State, Step, StepKind};
use crate::limits;

#[derive(Debug, Serialize, Deserialize)]
struct Written {
    id: EventId,
    /// Where it is not the target's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
    source: String,
    /// Where it is not the target's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    target: Arn,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    payload_bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parents: Vec<EventId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roots: Vec<EventId>,
    #[serde(default = "retries", skip_serializing_if = "is_usual_retries")]
    retries: u32,
    #[serde(default = "max_age", skip_serializing_if = "is_usual_age")]
    max_age: Duration,
    received: Time,
    state: State,
    /// None where there is but that it was received.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    steps: Vec<Step>,
}

impl Record for Written {
    const VERSION: u32 = 2;

    /// Before, nothing was left out.
    fn migrate(_: u32, value: Value) -> Result<Value, Internal> {
        Ok(value)
    }
}

fn retries() -> u32 {
    limits::MAX_RETRIES
}

fn max_age() -> Duration {
    limits::MAX_AGE
}

fn is_usual_retries(retries: &u32) -> bool {
    *retries == limits::MAX_RETRIES
}

fn is_usual_age(age: &Duration) -> bool {
    *age == limits::MAX_AGE
}

fn arrival(received: Time) -> Vec<Step> {
    vec![Step { time: received, kind: StepKind::Received }]
}

/// The value of its row.
pub fn encode(event: &Event) -> Result<bytes::Bytes, Internal> {
    let Event { target, steps, .. } = event;
    let is_new = *steps == arrival(event.received);
    store::encode(&Written {
        id: event.id,
        account: Some(&event.account).filter(|account| account.as_str() != target.account).cloned(),
        region: Some(&event.region).filter(|region| region.as_str() != target.region).cloned(),
        source: event.source.clone(),
        subject: Some(&event.subject).filter(|subject| **subject != target.resource).cloned(),
        target: target.clone(),
        group: event.group.clone(),
        payload_bytes: event.payload_bytes,
        cause: event.cause.clone(),
        parents: event.parents.clone(),
        roots: event.roots.clone(),
        retries: event.retries,
        max_age: event.max_age,
        received: event.received,
        state: event.state,
        steps: if is_new { Vec::new() } else { steps.clone() },
    })
}

/// The event of a row.
pub fn decode(value: &[u8]) -> Result<Event, Internal> {
    let written: Written = store::decode(value)?;
    let target = written.target;
    let account = match written.account {
        Some(account) => account,
        None => target.account.parse().map_err(Internal::because("reading whose event it is"))?,
    };
    Ok(Event {
        id: written.id,
        account,
        region: written.region.unwrap_or_else(|| Region::new(&target.region)),
        source: written.source,
        subject: written.subject.unwrap_or_else(|| target.resource.clone()),
        target,
        group: written.group,
        payload_bytes: written.payload_bytes,
        cause: written.cause,
        parents: written.parents,
        roots: written.roots,
        retries: written.retries,
        max_age: written.max_age,
        received: written.received,
        state: written.state,
        steps: if written.steps.is_empty() { arrival(written.received) } else { written.steps },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"{"v":1,"r":{"id":"00000000-0000-4000-8000-000000000001","account":"000000000000",
        "region":"us-east-1","source":"s3","subject":"s3://b/k","target":"arn:aws:sqs:us-east-1:000000000000:q",
        "payload_bytes":1,"cause":null,"retries":2,"max_age":{"secs":21600,"nanos":0},"received":7,
        "state":"held","steps":[{"time":7,"step":"received"}]}}"#;

    #[test]
    fn what_is_left_out_is_found_again() {
        let old = || decode(OLD.as_bytes()).unwrap();
        assert_eq!((&*old().subject, old().retries, old().steps.len()), ("s3://b/k", 2, 1));
        let usual = Event { subject: "q".to_owned(), ..old() };
        assert!(encode(&usual).unwrap().len() < 200);
        let step = Step { time: Time::from_millis(9), kind: StepKind::Done { attempt: 1 } };
        for event in [
            old(),
            usual,
            Event { target: "arn:aws:lambda:eu-west-1:111111111111:function:f".parse().unwrap(), ..old() },
            Event { retries: 0, max_age: Duration::from_secs(60), ..old() },
            Event { state: State::Done, steps: [old().steps, vec![step]].concat(), ..old() },
        ] {
            assert_eq!(decode(&encode(&event).unwrap()).unwrap(), event);
        }
    }
}
