//! A function's code: how it is changed, handed out and taken away.

use serde_json::{Value, json};

use crate::stage::{ARN, Stage, base64_of, zip_of};

fn packages(stage: &Stage) -> usize {
    std::fs::read_dir(stage.folder.path().join("packages")).unwrap().count()
}

#[tokio::test]
async fn other_code_runs_after_an_update_and_the_old_is_taken_away() {
    let stage = Stage::new().await;
    stage.make().await;
    assert_eq!(stage.invoke("f", &[], "").await.json()["code"], "one");
    let change = json!({ "ZipFile": base64_of(zip_of("two")) });
    let answer = stage.function("PUT", "/f/code", change).await;
    assert_eq!((answer.status, &answer.json()["LastUpdateStatus"]), (200, &json!("InProgress")));
    assert_eq!(stage.invoke("f", &[], "").await.json()["code"], "two");
    stage.settled("f").await;
    stage.swept().await;
    assert_eq!((packages(&stage), stage.play.living()), (1, 1));
    let change = json!({ "S3Bucket": "code", "S3Key": "a.zip" });
    stage.function("PUT", "/f/code", change).await;
    stage.settled("f").await;
    assert_eq!(stage.invoke("f", &[], "").await.json()["code"], "from a bucket");
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let stage = Stage::new().await;
    stage.make().await;
    let before = stage.get("/f/configuration").await;
    let zip = base64_of(zip_of("two"));
    let answer = stage.function("PUT", "/f/code", json!({ "ZipFile": zip, "DryRun": true })).await.json();
    assert_ne!(answer["CodeSha256"], before["CodeSha256"]);
    assert_eq!(stage.get("/f/configuration").await, before);
    stage.swept().await;
    assert_eq!(packages(&stage), 1);
    let stale = json!({ "ZipFile": zip, "RevisionId": "stale" });
    assert!(
        stage.function("PUT", "/f/code", stale).await.fault().starts_with("412 PreconditionFailedException")
    );
    let refused = stage.function("PUT", "/f/code", json!({ "ZipFile": base64_of("no zip") })).await.fault();
    assert!(refused.starts_with("400 InvalidParameterValueException: Could not unzip"), "{refused}");
    assert_eq!(stage.get("/f/configuration").await, before);
}

#[tokio::test]
async fn code_is_handed_out_by_a_link_that_ends() {
    let stage = Stage::new().await;
    stage.make().await;
    let location = stage.get("/f").await["Code"]["Location"].as_str().unwrap().to_owned();
    let path = location.strip_prefix("http://127.0.0.1:4566").unwrap();
    assert!(path.starts_with(aws_lambda::LINKS));
    let got = stage.ask("GET", path, Value::Null).await;
    assert_eq!((got.status, &got.bytes[..]), (200, &zip_of("one")[..]));
    let asked = stage.asked.lock().unwrap().len();
    for forged in [
        path.replace("expires=1", "expires=2"),
        path.replace("signature=", "signature=00"),
        path.split('?').next().unwrap().to_owned(),
        format!("{}x", path),
        path.replace("/code/", "/code/0"),
    ] {
        assert_eq!(stage.ask("GET", &forged, Value::Null).await.status, 403, "{forged}");
    }
    assert_eq!(stage.asked.lock().unwrap().len(), asked);
    stage.clock.advance(aws_lambda::limits::CODE_LINK);
    assert_eq!(stage.ask("GET", path, Value::Null).await.status, 403);
}

#[tokio::test]
async fn a_deleted_function_runs_to_its_end_and_then_its_code_goes() {
    let stage = std::sync::Arc::new(Stage::new().await);
    stage.make().await;
    let running = tokio::spawn({
        let stage = stage.clone();
        async move { stage.invoke("f", &[], r#"{"wait":true}"#).await }
    });
    stage.play.begun.acquire().await.unwrap().forget();
    let fault = stage.function("DELETE", "/f?Qualifier=$LATEST", Value::Null).await.fault();
    assert!(fault.contains("$LATEST version cannot be deleted"), "{fault}");
    assert_eq!(stage.function("DELETE", "/f", Value::Null).await.status, 204);
    assert_eq!(packages(&stage), 1);
    let gone = format!("404 ResourceNotFoundException: Function not found: {ARN}");
    assert_eq!(stage.invoke("f", &[], "").await.fault(), gone);
    stage.play.let_end.add_permits(1);
    let ended = running.await.unwrap();
    assert_eq!((ended.status, &ended.json()["code"]), (200, &json!("one")));
    stage.swept().await;
    assert_eq!((packages(&stage), stage.play.living()), (0, 0));
}

#[tokio::test]
async fn code_that_two_functions_have_stays_for_the_other() {
    let stage = Stage::new().await;
    stage.make().await;
    stage.create(json!({ "FunctionName": "g" })).await;
    stage.settled("g").await;
    stage.function("DELETE", "/f", Value::Null).await;
    stage.swept().await;
    assert_eq!(stage.invoke("g", &[], "").await.json()["code"], "one");
}

#[tokio::test]
async fn what_a_crash_left_behind_is_taken_away_at_the_next_start() {
    let stage = Stage::new().await;
    stage.make().await;
    let function = stage.registry.all().await.unwrap().remove(0);
    stage.registry.remove(function.key()).await.unwrap();
    stage.tasks.stop().await;
    let again = Stage::over(stage.table.clone(), stage.folder);
    assert_eq!(packages(&again), 1);
    again.lambda.start().await.unwrap();
    again.swept().await;
    assert_eq!(packages(&again), 0);
}
