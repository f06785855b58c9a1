//! Synchronous calls.

use model::{Cause, InvocationId};
use serde_json::{Value, json};

use crate::stage::{ARN, Stage, base64_of};

#[tokio::test]
async fn a_call_is_answered_and_metered() {
    let stage = Stage::new().await;
    stage.make().await;
    let context = base64_of(r#"{"custom":{}}"#);
    let headers = [("x-amz-log-type", "Tail"), ("x-amz-client-context", &context)];
    let answer = stage.invoke("f?Qualifier=$LATEST", &headers, r#"{"a":1}"#).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({ "payload": { "a": 1 }, "arn": format!("{ARN}:$LATEST"), "version": "$LATEST", "snap": false, "context": "{\"custom\":{}}", "memory": 128, "code": "one", "layers": [] })
    );
    assert_eq!(answer.header("x-amz-executed-version"), "$LATEST");
    assert_eq!(answer.header("x-amz-log-result"), base64_of("START\nEND\n"));
    assert_eq!(answer.header("x-amz-function-error"), "");
    assert!(
        answer.header("x-amzn-trace-id").starts_with("Root=1-6ab"),
        "{}",
        answer.header("x-amzn-trace-id")
    );
    let traced = stage.invoke("f", &[("x-amzn-trace-id", "Root=1-a-b")], "").await;
    assert_eq!((traced.header("x-amzn-trace-id"), traced.header("x-amz-log-result")), ("Root=1-a-b", ""));
    assert_eq!(traced.json()["payload"], json!({}));
    let failed = stage.invoke("f", &[], r#"{"fail":"ValueError"}"#).await;
    assert_eq!((failed.status, failed.header("x-amz-function-error")), (200, "Unhandled"));
    assert_eq!(failed.json(), json!({ "errorMessage": "no", "errorType": "ValueError" }));
    let rows = stage.into_rows().await;
    assert_eq!(rows.len(), 3);
    let told: Vec<_> = rows.iter().map(|row| (row.billed_ms, row.init_us, row.request_bytes)).collect();
    assert_eq!(told.iter().filter(|told| **told == (9, Some(7_000), 7)).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|told| told.1.is_none()).count(), 2);
    let failures =
        rows.iter().filter(|row| row.outcome == metering::Outcome::Failed("ValueError".to_owned()));
    assert_eq!(failures.count(), 1);
}

#[tokio::test]
async fn a_warm_call_reads_nothing() {
    let stage = Stage::new().await;
    stage.make().await;
    stage.invoke("f", &[], "").await;
    let reads = || stage.table.reads.load(std::sync::atomic::Ordering::SeqCst);
    let before = reads();
    assert_eq!(stage.invoke("f", &[], "").await.status, 200);
    assert_eq!(reads(), before);
}

#[tokio::test]
async fn calls_that_cannot_be_are_refused() {
    let stage = Stage::new().await;
    stage.make().await;
    let large = format!("\"{}\"", "x".repeat(6_291_455));
    let event = [("x-amz-invocation-type", "Event")];
    for (headers, body, expected) in [
        (&[][..], "{", "400 InvalidRequestContentException: Could not parse request body into json: "),
        (
            &[],
            &large,
            "413 RequestEntityTooLargeException: Request must be smaller than 6291456 bytes for the InvokeFunction operation",
        ),
        (&event, &large[..1_048_577], "400 InvalidRequestContentException"),
        (&event, &large[5_242_880..], "400 InvalidRequestContentException"),
        (
            &[("x-amz-invocation-type", "Later")],
            "",
            "400 ValidationException: 1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
        ),
        (&[("x-amz-client-context", "?")], "", "400 InvalidRequestContentException"),
        (
            &[("x-amz-tenant-id", "a")],
            "",
            "501 NotImplemented: Dayfly does not implement TenantId of Invoke.",
        ),
    ] {
        let fault = stage.invoke("f", headers, body).await.fault();
        assert!(fault.starts_with(expected), "{fault}");
    }
    let over = format!("\"{}\"", "x".repeat(1_048_575));
    let fault = stage.invoke("f", &event, &over).await.fault();
    assert!(
        fault.starts_with("413 RequestEntityTooLargeException: Request must be smaller than 1048576"),
        "{fault}"
    );
    let dry = stage.invoke("f", &[("x-amz-invocation-type", "DryRun")], "{}").await;
    assert_eq!((dry.status, dry.bytes.len()), (204, 0));
    assert_eq!(stage.into_rows().await.len(), 0);
}

#[tokio::test]
async fn a_call_too_many_is_throttled() {
    let stage = std::sync::Arc::new(Stage::new().await);
    stage.make().await;
    let wait = || {
        let stage = stage.clone();
        tokio::spawn(async move { stage.invoke("f", &[], r#"{"wait":true}"#).await })
    };
    let running = [wait(), wait()];
    stage.play.begun.acquire_many(2).await.unwrap().forget();
    let fault = stage.invoke("f", &[], "").await;
    assert_eq!(fault.fault(), "429 TooManyRequestsException: Rate Exceeded.");
    assert_eq!(
        (fault.header("retry-after"), &fault.json()["Reason"]),
        ("1", &json!("ConcurrentInvocationLimitExceeded"))
    );
    stage.play.let_end.add_permits(2);
    for call in running {
        assert_eq!(call.await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_new_revision_gets_new_instances() {
    let stage = Stage::new().await;
    stage.make().await;
    stage.invoke("f", &[], "").await;
    stage.function("PUT", "/f/configuration", json!({ "MemorySize": 512 })).await;
    stage.settled("f").await;
    assert_eq!(stage.play.living(), 0);
    assert_eq!(stage.invoke("f", &[], "").await.json()["memory"], 512);
    assert_eq!(stage.play.living(), 1);
}

#[tokio::test]
async fn a_chain_that_comes_back_too_often_is_stopped() {
    let stage = Stage::new().await;
    stage.make().await;
    let cause = |runs| Cause {
        invocation: InvocationId::random(),
        event: None,
        roots: vec![],
        function: ARN.parse().unwrap(),
        chain: vec![ARN.parse().unwrap(); runs],
    };
    let asked = cause(15);
    assert_eq!(stage.invoke_because("f", &[], "", Some(asked.clone())).await.status, 200);
    let work = stage.play.works.lock().unwrap().pop().unwrap();
    assert_eq!((work.cause.chain.len(), work.cause.invocation), (16, work.invocation));
    let fault = stage.invoke_because("f", &[], "", Some(cause(16))).await.fault();
    assert!(fault.starts_with("400 RecursiveInvocationException: "), "{fault}");
    let rows = stage.into_rows().await;
    assert_eq!((rows.len(), rows[0].caused_by), (1, Some(asked.invocation)));
}

#[tokio::test]
async fn another_accounts_function_is_asked_for_with_its_policy() {
    let stage = Stage::new().await;
    let theirs = "arn:aws:lambda:us-east-1:123456789012:function:f";
    let fault = stage.invoke(theirs, &[], "").await.fault();
    assert_eq!(fault, format!("404 ResourceNotFoundException: Function not found: {theirs}"));
    let asked = stage.asked.lock().unwrap().pop().unwrap();
    assert_eq!((asked.action, asked.resource.as_str()), ("lambda:InvokeFunction", theirs));
    assert_eq!(asked.resource_account.unwrap().as_str(), "123456789012");
    let other_region = theirs.replace("us-east-1", "eu-west-1");
    let fault = stage.function("GET", &format!("/{other_region}"), Value::Null).await.fault();
    assert_eq!(
        fault,
        "404 ResourceNotFoundException: Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"
    );
}
