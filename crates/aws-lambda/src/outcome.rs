//! What becomes of an asynchronous call that has ended: records for destinations, the event itself for a dead-letter queue.

use bytes::Bytes;
use delivery::{Answer, Attribute, Delivered, Deposit, Event, NewEvent, Over, Parcel, StepKind, Why};
use model::{Arn, Internal, Time};
use registry::Function;
use serde_json::{Value, json};
use store::Transaction;

use crate::engine::Engine;
use crate::names::Named;
use crate::{event_invoke, limits};

impl Engine {
    /// The events that are to be together with the end of this one.
    pub async fn follow_up(&self, over: &Over<'_>) -> Result<Transaction, Internal> {
        let Some(named) = Named::of_arn(&over.event.target) else { return Ok(Transaction::new()) };
        let Some(function) = self.parts.registry.get(&named.key).await? else {
            return Ok(Transaction::new());
        };
        let now = self.parts.clock.now();
        let mut all = Transaction::new();
        if let Some(destination) = destination(&function, &named, over.why) {
            let record = record(over, &named, &function, now);
            let payload = packed(destination, &record, &named, over.event, now)?;
            all = all.and(self.follow(over.event, destination, payload)?);
        }
        if over.why != Why::Taken
            && let Some(queue) = &function.latest.configuration.dead_letter
        {
            all = all.and(self.follow(over.event, queue, dead_letter(over)?.pack()?)?);
        }
        Ok(all)
    }

    fn follow(&self, event: &Event, target: &Arn, payload: Bytes) -> Result<Transaction, Internal> {
        let (account, region) = (event.account.clone(), event.region.clone());
        let mut new = NewEvent::new(account, region, "lambda", target.clone(), payload).out_of([event]);
        new.subject = format!("outcome of {}", event.id);
        Ok(self.parts.delivery.accept(new)?.1)
    }
}

fn destination<'a>(function: &'a Function, named: &Named, why: Why) -> Option<&'a Arn> {
    let config = function.event_invoke_configs.get(event_invoke::qualifier(named))?;
    match why {
        Why::Taken => config.destinations.on_success.as_ref(),
        Why::RetriesExhausted | Why::TooOld | Why::Refused => config.destinations.on_failure.as_ref(),
    }
}

/// Source: developer guide, "Capturing records of Lambda asynchronous invocations", example invocation record.
fn record(over: &Over<'_>, named: &Named, function: &Function, now: Time) -> Value {
    let event = over.event;
    let qualifier = event_invoke::qualifier(named);
    let condition = match over.why {
        Why::Taken => "Success",
        Why::RetriesExhausted => "RetriesExhausted",
        Why::TooOld => "EventAgeExceeded",
        Why::Refused if function.reserved_concurrency == Some(0) => "ZeroReservedConcurrency",
        Why::Refused => "RecursiveInvocationDetected",
    };
    let mut record = json!({
        "version": "1.0",
        "timestamp": now.iso8601(),
        "requestContext": {
            "requestId": event.id,
            "functionArn": Named { key: named.key.clone(), qualifier: Some(qualifier.to_owned()) }.arn(),
            "condition": condition,
            "approximateInvokeCount": event.attempts(),
        },
        "requestPayload": parsed(over.payload),
    });
    if let Some((answer, error)) = answered(over.last) {
        let mut context = json!({ "statusCode": 200, "executedVersion": answer.version });
        if let Some(error) = error {
            context["functionError"] = json!(error);
        }
        record["responseContext"] = context;
        record["responsePayload"] = parsed(&answer.document);
    }
    record
}

/// What the last try answered, and how it failed if it did.
fn answered(last: Option<&Delivered>) -> Option<(&Answer, Option<&'static str>)> {
    match last? {
        Delivered::Taken { answer, .. } => Some((answer, None)),
        Delivered::Failed { answer, .. } => Some((answer, Some("Unhandled"))),
        Delivered::TryLater { .. } | Delivered::Refused { .. } => None,
    }
}

fn parsed(payload: &Bytes) -> Value {
    serde_json::from_slice(payload).unwrap_or(Value::Null)
}

/// A record as its destination takes it.
fn packed(
    destination: &Arn,
    record: &Value,
    named: &Named,
    event: &Event,
    now: Time,
) -> Result<Bytes, Internal> {
    let body = record.to_string();
    match &*destination.service {
        "lambda" => Ok(body.into()),
        "s3" => {
            let content_type = "application/json".to_owned();
            Deposit { key: object_key(&named.key.name, event, now), content_type, body }.pack()
        }
        _ => Parcel::of(body).pack(),
    }
}

/// Source: developer guide, "Capturing records of Lambda asynchronous invocations", naming of objects.
fn object_key(function: &str, event: &Event, now: Time) -> String {
    let (day, time) = (now.date_path(), now.format("%Y-%m-%dT%H.%M.%S"));
    format!("aws/lambda/async/{function}/{day}/{time}-{}", event.id)
}

/// Source: developer guide, "Adding a dead-letter queue": the event, with attributes that say what happened.
fn dead_letter(over: &Over<'_>) -> Result<Parcel, Internal> {
    let body = std::str::from_utf8(over.payload).map_err(Internal::because("reading an event"))?;
    let reason = over.event.steps.iter().rev().find_map(|step| match &step.kind {
        StepKind::Failed { message, .. } => Some(message.as_str()),
        StepKind::Waiting { reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    // The status of the call: 200 also where the function failed, 429 where it did not come to a call.
    let code = if over.why == Why::RetriesExhausted { "200" } else { "429" };
    let message = reason.unwrap_or("The event could not be delivered.");
    let message: String = message.chars().take(limits::ERROR_MESSAGE_CHARS).collect();
    let number = Attribute { data_type: "Number".to_owned(), ..Attribute::text(code) };
    let attributes = [
        ("RequestID".to_owned(), Attribute::text(over.event.id.to_string())),
        ("ErrorCode".to_owned(), number),
        ("ErrorMessage".to_owned(), Attribute::text(message)),
    ];
    Ok(Parcel { attributes: attributes.into(), ..Parcel::of(body) })
}
