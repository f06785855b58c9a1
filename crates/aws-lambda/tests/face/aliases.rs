//! Leading aliases to versions, and calling them.

use serde_json::{Value, json};

use crate::stage::{ARN, Answer, Stage};

impl Stage {
    pub async fn alias(&self, name: &str, version: &str, other: Value) -> Answer {
        let mut body = json!({ "Name": name, "FunctionVersion": version });
        other.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        self.function("POST", "/f/aliases", body).await
    }
}

pub fn split(version: &str, weight: f64) -> Value {
    json!({ "RoutingConfig": { "AdditionalVersionWeights": { version: weight } } })
}

#[tokio::test]
async fn aliases_are_made_shown_changed_and_removed() {
    let stage = Stage::new().await;
    stage.with_two().await;
    let made = stage.alias("live", "1", json!({ "Description": "d" })).await;
    assert_eq!(made.status, 201);
    let revision = made.json()["RevisionId"].as_str().unwrap().to_owned();
    assert_eq!(
        made.json(),
        json!({
            "AliasArn": format!("{ARN}:live"), "Name": "live", "FunctionVersion": "1", "Description": "d",
            "RevisionId": revision,
        })
    );
    assert_eq!(stage.get("/f/aliases/live").await, made.json());
    let shown = stage.get("/f/configuration?Qualifier=live").await;
    assert_eq!((&shown["FunctionArn"], &shown["Version"]), (&json!(format!("{ARN}:live")), &json!("1")));
    stage.alias("next", "2", split("1", 0.5)).await;
    let names = |page: &Value| {
        page["Aliases"].as_array().unwrap().iter().map(|one| one["Name"].to_string()).collect::<String>()
    };
    for (query, expected) in [
        ("", r#""live""next""#),
        ("?FunctionVersion=2", r#""next""#),
        ("?MaxItems=1", r#""live""#),
        ("?Marker=live", r#""next""#),
    ] {
        assert_eq!(names(&stage.get(&format!("/f/aliases{query}")).await), expected, "{query}");
    }
    let stale = json!({ "RevisionId": "stale", "FunctionVersion": "2" });
    let fault = stage.function("PUT", "/f/aliases/live", stale).await.fault();
    assert!(fault.starts_with("412 PreconditionFailedException: "), "{fault}");
    let moved = json!({ "RevisionId": revision, "FunctionVersion": "2" });
    let moved = stage.function("PUT", "/f/aliases/live", moved).await.json();
    assert_eq!((&moved["FunctionVersion"], &moved["Description"]), (&json!("2"), &json!("d")));
    let whole = json!({ "RoutingConfig": { "AdditionalVersionWeights": {} } });
    assert_eq!(stage.function("PUT", "/f/aliases/next", whole).await.json()["RoutingConfig"], Value::Null);
    for status in [204, 204] {
        assert_eq!(stage.function("DELETE", "/f/aliases/live", Value::Null).await.status, status);
    }
    let missing = format!("404 ResourceNotFoundException: Cannot find alias arn: {ARN}:live");
    for (method, body) in [("GET", Value::Null), ("PUT", json!({}))] {
        assert_eq!(stage.function(method, "/f/aliases/live", body).await.fault(), missing);
    }
}

#[tokio::test]
async fn what_is_no_alias_is_refused() {
    let stage = Stage::new().await;
    stage.with_two().await;
    stage.alias("live", "1", json!({})).await;
    let invalid = "400 InvalidParameterValueException: ";
    let malformed = "400 ValidationException: 1 validation error detected: Value ";
    let two = json!({ "RoutingConfig": { "AdditionalVersionWeights": { "1": 0.1, "2": 0.1 } } });
    for (name, version, other, expected) in [
        ("live", "2", json!({}), format!("409 ResourceConflictException: Alias already exists: {ARN}:live")),
        ("a", "9", json!({}), format!("404 ResourceNotFoundException: Function not found: {ARN}:9")),
        ("a", "1", split("9", 0.5), format!("404 ResourceNotFoundException: Function not found: {ARN}:9")),
        ("12", "1", json!({}), format!("{malformed}'12' at 'name'")),
        ("a", "x", json!({}), format!("{malformed}'x' at 'functionVersion'")),
        ("a", "1", split("2", 1.5), format!("{malformed}'{{2=1.5}}' at 'routingConfig.additional")),
        (
            "a",
            "1",
            split("$LATEST", 0.5),
            format!("{malformed}'{{$LATEST=0.5}}' at 'routingConfig.additional"),
        ),
        (
            "a",
            "$LATEST",
            split("2", 0.5),
            format!("{invalid}$LATEST is not supported for an alias pointing to"),
        ),
        (
            "a",
            "1",
            split("1", 0.5),
            format!("{invalid}Invalid function version 1. Function version 1 is already"),
        ),
        (
            "a",
            "1",
            two,
            format!("{invalid}Number of items in AdditionalVersionWeights cannot be greater than 1"),
        ),
    ] {
        let fault = stage.alias(name, version, other).await.fault();
        assert!(fault.starts_with(&expected), "{fault}");
    }
}

#[tokio::test]
async fn a_weighted_alias_splits_calls_and_events() {
    let stage = Stage::new().await;
    stage.with_two().await;
    stage.alias("live", "1", split("2", 0.25)).await;
    let mut second = 0;
    for _ in 0..200 {
        let answer = stage.invoke("f:live", &[], "").await;
        let echo = answer.json();
        assert_eq!(echo["arn"], format!("{ARN}:live"));
        assert_eq!(echo["version"], answer.header("x-amz-executed-version"));
        let expected = if echo["version"] == "1" { "one" } else { "two" };
        assert_eq!(echo["code"], expected);
        second += usize::from(echo["version"] == "2");
    }
    assert!((30..70).contains(&second), "{second} of 200");
    for _ in 0..40 {
        stage.play.begun.acquire_many(5).await.unwrap().forget();
    }
    let event = [("x-amz-invocation-type", "Event")];
    assert_eq!(stage.invoke("f:live", &event, r#"{"late":1}"#).await.status, 202);
    stage.play.begun.acquire().await.unwrap().forget();
    assert_eq!(stage.play.works.lock().unwrap().last().unwrap().invoked_arn, format!("{ARN}:live"));
    let missing = format!("404 ResourceNotFoundException: Function not found: {ARN}:gone");
    assert_eq!(stage.invoke("f", &[], "").await.status, 200);
    assert_eq!(stage.invoke("f:gone", &[], "").await.fault(), missing);
}

#[tokio::test]
async fn a_record_names_the_version_that_ran() {
    let stage = Stage::new().await;
    stage.with_two().await;
    stage.alias("live", "1", split("2", 0.5)).await;
    let config = json!({
        "DestinationConfig": { "OnSuccess": { "Destination": "arn:aws:sqs:us-east-1:000000000000:q" } },
    });
    let path = "/2019-09-25/functions/f/event-invoke-config?Qualifier=live";
    assert_eq!(stage.ask("PUT", path, config).await.status, 200);
    let event = [("x-amz-invocation-type", "Event")];
    for _ in 0..40 {
        assert_eq!(stage.invoke("f:live", &event, "{}").await.status, 202);
    }
    let account = model::AccountId::default_account();
    let watch = stage.delivery.watch();
    let events = loop {
        let (events, _) = stage.delivery.recent(&account, None, 100).await.unwrap();
        if events.len() == 80 {
            break events;
        }
        watch.changed().await;
    };
    let mut seen = std::collections::BTreeSet::new();
    for event in events.iter().filter(|event| event.target.service == "sqs") {
        let payload = stage.delivery.payload(event.id).await.unwrap().unwrap();
        let parcel: Value = serde_json::from_slice(&payload).unwrap();
        let record: Value = serde_json::from_str(parcel["Body"].as_str().unwrap()).unwrap();
        assert_eq!(record["requestContext"]["functionArn"], format!("{ARN}:live"));
        assert_eq!(record["responseContext"]["executedVersion"], record["responsePayload"]["version"]);
        seen.insert(record["responseContext"]["executedVersion"].to_string());
    }
    assert_eq!(Vec::from_iter(seen), ["\"1\"", "\"2\""]);
}
