//! Asynchronous calls: accepted, run, retried, refused, and metered together with the event's end.

use delivery::{Event, State, StepKind};
use model::{AccountId, Cause, InvocationId};
use serde_json::{Value, json};

use crate::stage::{ARN, Answer, Stage};

const EVENT: [(&str, &str); 1] = [("x-amz-invocation-type", "Event")];

async fn only_event(stage: &Stage) -> Event {
    stage.delivery.recent(&AccountId::default_account(), None, 10).await.unwrap().0.remove(0)
}

/// Waits until the one event is as it is asked for.
async fn event_when(stage: &Stage, is: impl Fn(&Event) -> bool) -> Event {
    let watch = stage.delivery.watch();
    loop {
        let event = only_event(stage).await;
        if is(&event) {
            return event;
        }
        watch.changed().await;
    }
}

fn accepted(answer: &Answer) {
    assert_eq!((answer.status, answer.bytes.len()), (202, 0), "{}", answer.fault());
}

fn last(event: &Event) -> String {
    match &event.steps.last().unwrap().kind {
        StepKind::Dead { reason } => reason.clone(),
        StepKind::Waiting { reason, .. } => format!("waiting: {reason}"),
        StepKind::Failed { error_type, message, .. } => format!("failed: {error_type}: {message}"),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn an_event_is_run_and_metered() {
    let stage = Stage::new().await;
    stage.make().await;
    let cause = Cause {
        invocation: InvocationId::random(),
        event: None,
        roots: vec![],
        function: ARN.replace(":f", ":g").parse().unwrap(),
        chain: vec![ARN.replace(":f", ":g").parse().unwrap()],
    };
    accepted(&stage.invoke_because("f", &EVENT, r#"{"a":1}"#, Some(cause.clone())).await);
    let event = event_when(&stage, |event| event.state == State::Done).await;
    let work = stage.play.works.lock().unwrap().pop().unwrap();
    assert_eq!(work.invocation, InvocationId::from(event.id));
    assert_eq!(work.cause.event, Some(event.id));
    assert_eq!(work.cause.chain, [cause.function.clone(), ARN.parse().unwrap()]);
    assert_eq!(&work.payload[..], br#"{"a":1}"#);
    let rows = stage.into_rows().await;
    assert_eq!((rows.len(), rows[0].event, rows[0].caused_by), (1, Some(event.id), Some(cause.invocation)));
}

#[tokio::test]
async fn a_failing_event_is_tried_three_times_and_each_try_is_metered() {
    let stage = Stage::new().await;
    stage.make().await;
    accepted(&stage.invoke("f", &EVENT, r#"{"fail":"ValueError"}"#).await);
    for wait in [60, 120] {
        let failures = if wait == 60 { 1 } else { 2 };
        let event = event_when(&stage, |event| event.failures() == failures).await;
        assert_eq!(last(&event), "failed: ValueError: no");
        stage.clock.advance(std::time::Duration::from_secs(wait));
    }
    let event = event_when(&stage, |event| event.state == State::Dead).await;
    assert_eq!(last(&event), "retries exhausted");
    let used: Vec<_> =
        event.steps.iter().filter(|step| matches!(step.kind, StepKind::Started { .. })).collect();
    assert_eq!(used.len(), 3);
    let rows = stage.into_rows().await;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.invocation == InvocationId::from(event.id)));
}

#[tokio::test]
async fn an_event_for_a_deleted_function_is_refused() {
    let stage = Stage::new().await;
    stage.make().await;
    accepted(&stage.invoke("f", &EVENT, r#"{"fail":"ValueError"}"#).await);
    event_when(&stage, |event| event.failures() == 1).await;
    stage.function("DELETE", "/f", Value::Null).await;
    stage.clock.advance(std::time::Duration::from_secs(60));
    let event = event_when(&stage, |event| event.state == State::Dead).await;
    assert_eq!(last(&event), format!("Function not found: {ARN}"));
}

#[tokio::test]
async fn an_event_waits_while_the_function_is_pending() {
    let stage = Stage::new().await;
    stage.make().await;
    let active = std::sync::Arc::new(stage.registry.all().await.unwrap().remove(0));
    let mut pending = (*active).clone();
    pending.latest.state = registry::State::Pending;
    stage.registry.update(&active, pending.clone()).await.unwrap();
    accepted(&stage.invoke("f", &EVENT, "").await);
    let event = event_when(&stage, |event| event.waits() == 1).await;
    assert!(last(&event).starts_with("waiting: The operation cannot be performed"), "{}", last(&event));
    let now = stage.registry.get(pending.key()).await.unwrap().unwrap();
    stage.registry.update(&now, (*active).clone()).await.unwrap();
    stage.clock.advance(std::time::Duration::from_secs(1));
    event_when(&stage, |event| event.state == State::Done).await;
}

#[tokio::test]
async fn a_loop_of_events_is_stopped() {
    let stage = Stage::new().await;
    stage.make().await;
    let chain = vec![ARN.parse().unwrap(); 16];
    let cause = Cause {
        invocation: InvocationId::random(),
        event: None,
        roots: vec![],
        function: ARN.parse().unwrap(),
        chain,
    };
    accepted(&stage.invoke_because("f", &EVENT, "", Some(cause)).await);
    let event = event_when(&stage, |event| event.state == State::Dead).await;
    assert!(last(&event).contains("recursive loop"), "{}", last(&event));
    assert_eq!(stage.play.works.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_throttled_event_comes_later() {
    let stage = std::sync::Arc::new(Stage::new().await);
    stage.make().await;
    let wait = || {
        let stage = stage.clone();
        tokio::spawn(async move { stage.invoke("f", &[], r#"{"wait":true}"#).await })
    };
    let running = [wait(), wait()];
    stage.play.begun.acquire_many(2).await.unwrap().forget();
    accepted(&stage.invoke("f", &EVENT, &json!({ "late": true }).to_string()).await);
    let event = event_when(&stage, |event| event.waits() == 1).await;
    assert_eq!(last(&event), "waiting: ConcurrentInvocationLimitExceeded");
    stage.play.let_end.add_permits(2);
    for call in running {
        call.await.unwrap();
    }
    stage.clock.advance(std::time::Duration::from_secs(1));
    event_when(&stage, |event| event.state == State::Done).await;
}
