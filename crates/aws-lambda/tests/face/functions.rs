//! Making, showing, changing, listing and deleting functions.

use std::sync::Arc;

use model::AccountId;
use registry::{LastUpdate, State};
use serde_json::{Value, json};

use crate::stage::{ARN, ROLE, Stage};

#[tokio::test]
async fn a_function_is_pending_and_then_active() {
    let stage = Stage::new().await;
    let made = stage
        .create(json!({ "Tags": { "team": "a" }, "Environment": { "Variables": { "STAGE": "x" } } }))
        .await;
    assert_eq!((made.status, &made.json()["State"]), (201, &json!("Pending")));
    let mut shown = stage.settled("f").await;
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    for member in ["RevisionId", "LastModified", "CodeSha256", "CodeSize", "RuntimeVersionConfig"] {
        assert!(!shown[member].is_null(), "{member}");
        shown.as_object_mut().unwrap().remove(member);
    }
    assert_eq!(
        shown,
        json!({
            "FunctionName": "f", "FunctionArn": ARN, "Runtime": "python3.12", "Role": ROLE,
            "Handler": "app.handler", "Description": "", "Timeout": 3, "MemorySize": 128, "Version": "$LATEST",
            "Environment": { "Variables": { "STAGE": "x" } }, "TracingConfig": { "Mode": "PassThrough" },
            "PackageType": "Zip", "Architectures": [arch], "EphemeralStorage": { "Size": 512 },
            "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
            "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/f" },
            "State": "Active", "LastUpdateStatus": "Successful",
        })
    );
    let asked: Vec<_> = stage
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|asked| format!("{} {}", asked.action, asked.resource))
        .collect();
    assert_eq!(
        asked[..3],
        [
            format!("lambda:CreateFunction {ARN}"),
            format!("iam:PassRole {ROLE}"),
            format!("lambda:TagResource {ARN}"),
        ]
    );
    assert_eq!(
        stage.create(json!({})).await.fault(),
        "409 ResourceConflictException: Function already exist: f"
    );
}

#[tokio::test]
async fn a_note_says_that_another_runtime_stands_in() {
    let stage = Stage::new().await;
    stage.create(json!({ "Runtime": "python3.13" })).await;
    let shown = stage.settled("f").await;
    assert_eq!((&shown["State"], &shown["StateReason"]), (&json!("Active"), &json!("python3.12 stands in.")));
    assert_eq!(shown["Runtime"], "python3.13");
}

#[tokio::test]
async fn members_that_say_nothing_are_accepted() {
    let stage = Stage::new().await;
    let made = stage.create(json!({
        "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": false },
        "Publish": false, "PackageType": "Zip", "Layers": [], "KMSKeyArn": "", "FileSystemConfigs": [],
        "DeadLetterConfig": { "TargetArn": "" }, "SnapStart": { "ApplyOn": "None" },
        "TracingConfig": { "Mode": "Active" }, "EphemeralStorage": { "Size": 1024 },
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/mine" },
    }));
    let made = made.await.json();
    assert_eq!(made["TracingConfig"]["Mode"], "Active");
    assert_eq!(
        (&made["EphemeralStorage"]["Size"], &made["LoggingConfig"]["LogGroup"]),
        (&json!(1024), &json!("/mine"))
    );
}

#[tokio::test]
async fn a_configuration_changes_where_something_is_said() {
    let stage = Stage::new().await;
    stage.make().await;
    let before = stage.get("/f/configuration").await;
    let change = json!({ "MemorySize": 256, "Environment": { "Variables": { "AB": "b" } } });
    let answer = stage.function("PUT", "/f/configuration", change).await.json();
    assert_eq!((&answer["LastUpdateStatus"], &answer["MemorySize"]), (&json!("InProgress"), &json!(256)));
    let after = stage.settled("f").await;
    assert_eq!(
        (&after["LastUpdateStatus"], &after["Handler"]),
        (&json!("Successful"), &json!("app.handler"))
    );
    assert_ne!(before["RevisionId"], after["RevisionId"]);
    let stale = json!({ "RevisionId": before["RevisionId"], "Timeout": 9 });
    let fault = stage.function("PUT", "/f/configuration", stale).await.fault();
    assert!(fault.starts_with("412 PreconditionFailedException: The Revision Id provided"), "{fault}");
    let emptied = json!({ "RevisionId": after["RevisionId"], "Environment": { "Variables": {} } });
    stage.function("PUT", "/f/configuration", emptied).await;
    assert_eq!(stage.settled("f").await["Environment"], Value::Null);
}

#[tokio::test]
async fn who_comes_while_it_changes_is_told_so() {
    let stage = Stage::over(Arc::default(), tempfile::tempdir().unwrap());
    stage.create(json!({})).await;
    stage.settled("f").await;
    let function = stage.registry.all().await.unwrap().remove(0);
    let (active, mut pending) = (function.clone(), function.clone());
    pending.latest.state = State::Pending;
    let mut updating = function;
    updating.latest.last_update = LastUpdate::InProgress;
    let conflict = "409 ResourceConflictException: The operation cannot be performed at this time. ";
    for (state, expected) in [
        (pending, "The function is currently in the following state: Pending".to_owned()),
        (updating, format!("An update is in progress for resource: {ARN}")),
        (active, String::new()),
    ] {
        let now = stage.registry.get(state.key()).await.unwrap().unwrap();
        stage.registry.update(&now, state).await.unwrap();
        let fault = stage.function("PUT", "/f/configuration", json!({ "Timeout": 4 })).await.fault();
        let expected =
            if expected.is_empty() { "200 : ".to_owned() } else { format!("{conflict}{expected}") };
        assert_eq!(fault, expected);
    }
}

#[tokio::test]
async fn what_a_crash_left_pending_becomes_active() {
    let stage = Stage::over(Arc::default(), tempfile::tempdir().unwrap());
    stage.create(json!({})).await;
    stage.settled("f").await;
    let before = Arc::new(stage.registry.all().await.unwrap().remove(0));
    let mut pending = (*before).clone();
    pending.latest.state = State::Pending;
    stage.registry.update(&before, pending).await.unwrap();
    let fault = stage.invoke("f", &[], "").await.fault();
    assert_eq!(
        fault,
        "409 ResourceConflictException: The operation cannot be performed at this time. The function is currently in the following state: Pending"
    );
    stage.tasks.stop().await;
    let again = Stage::over(stage.table.clone(), stage.folder);
    again.lambda.start().await.unwrap();
    assert_eq!(again.settled("f").await["State"], "Active");
    assert_eq!(again.invoke("f", &[], "").await.json()["code"], "one");
}

#[tokio::test]
async fn lists_go_page_by_page() {
    let stage = Stage::new().await;
    for name in ["b", "a", "c"] {
        stage.create(json!({ "FunctionName": name })).await;
    }
    let page = stage.get("?MaxItems=2").await;
    let names = |page: &Value| {
        page["Functions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["FunctionName"].to_string())
            .collect::<String>()
    };
    assert_eq!((names(&page), &page["NextMarker"]), ("\"a\"\"b\"".to_owned(), &json!("b")));
    let page = stage.get("?MaxItems=2&Marker=b&FunctionVersion=ALL").await;
    assert_eq!((names(&page), &page["NextMarker"]), ("\"c\"".to_owned(), &Value::Null));
    assert_eq!(
        page["Functions"][0]["FunctionArn"],
        "arn:aws:lambda:us-east-1:000000000000:function:c:$LATEST"
    );
    let versions = stage.get("/a/versions").await;
    assert_eq!(
        (versions["Versions"].as_array().unwrap().len(), &versions["Versions"][0]["Version"]),
        (1, &json!("$LATEST"))
    );
    let fault = stage.function("GET", "?MaxItems=0", Value::Null).await.fault();
    assert!(
        fault.starts_with("400 ValidationException: 1 validation error detected: Value '0' at 'maxItems'"),
        "{fault}"
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let stage = Stage::new().await;
    stage.make().await;
    let missing = |name: &str| {
        format!(
            "404 ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:{name}"
        )
    };
    for (method, path, name) in [
        ("GET", "/x", "x"),
        ("GET", "/x/configuration", "x"),
        ("DELETE", "/x", "x"),
        ("GET", "/f:PROD", "f:PROD"),
        ("GET", "/f?Qualifier=1", "f:1"),
        ("GET", "/x/policy", "x"),
        ("PUT", "/x/configuration", "x"),
        ("POST", "/x/invocations", "x"),
        ("GET", "/x/versions", "x"),
    ] {
        assert_eq!(stage.function(method, path, Value::Null).await.fault(), missing(name), "{method} {path}");
    }
    let fault = stage.function("GET", "/f:1?Qualifier=2", Value::Null).await.fault();
    assert_eq!(
        fault,
        "400 InvalidParameterValueException: The derived qualifier from the function name does not match the specified qualifier."
    );
    assert_eq!(
        stage.function("GET", "/f/urls", Value::Null).await.fault(),
        "404 UnknownOperationException: There is no operation at /2015-03-31/functions/f/urls."
    );
}

#[tokio::test]
async fn every_way_to_name_it_finds_it() {
    let stage = Stage::new().await;
    stage.make().await;
    for name in [
        "f",
        "f:$LATEST",
        "000000000000:function:f",
        ARN,
        "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af",
    ] {
        let shown = stage.get(&format!("/{name}/configuration")).await;
        assert_eq!(shown["FunctionName"], "f", "{name}");
    }
    assert_eq!(
        stage.get("/f?Qualifier=$LATEST").await["Configuration"]["FunctionArn"],
        format!("{ARN}:$LATEST")
    );
}

#[tokio::test]
async fn tags_come_and_go() {
    let stage = Stage::new().await;
    stage.make().await;
    let path = format!("/2017-03-31/tags/{ARN}");
    assert_eq!(
        stage.ask("POST", &path, json!({ "Tags": { "a": "1", "b": "2", "c": "3" } })).await.status,
        204
    );
    assert_eq!(stage.ask("DELETE", &format!("{path}?tagKeys=a&tagKeys=b"), Value::Null).await.status, 204);
    assert_eq!(stage.ask("GET", &path, Value::Null).await.json(), json!({ "Tags": { "c": "3" } }));
    assert_eq!(stage.get("/f").await["Tags"], json!({ "c": "3" }));
    let fault = stage.ask("POST", &path, json!({ "Tags": { "aws:x": "1" } })).await.fault();
    assert!(fault.starts_with("400 InvalidParameterValueException"), "{fault}");
    let fault = stage.ask("GET", &format!("{path}:1"), Value::Null).await.fault();
    assert!(fault.contains("Tags on function aliases and versions are not supported."), "{fault}");
    let fault = stage.ask("GET", "/2017-03-31/tags/f", Value::Null).await.fault();
    assert!(
        fault.starts_with("400 ValidationException: 1 validation error detected: Value 'f' at 'resource'"),
        "{fault}"
    );
}

#[tokio::test]
async fn defaults_are_told_where_they_are_true() {
    let stage = Stage::new().await;
    stage.make().await;
    for (path, expected) in [
        ("/2019-09-30/functions/f/concurrency", json!({})),
        ("/2020-06-30/functions/f/code-signing-config", json!({ "FunctionName": "f" })),
        ("/2024-08-31/functions/f/recursion-config", json!({ "RecursiveLoop": "Terminate" })),
        (
            "/2021-07-20/functions/f/runtime-management-config",
            json!({ "UpdateRuntimeOn": "Auto", "FunctionArn": ARN, "RuntimeVersionArn": null }),
        ),
    ] {
        assert_eq!(stage.ask("GET", path, Value::Null).await.json(), expected, "{path}");
    }
    let settings = stage.ask("GET", "/2016-08-19/account-settings", Value::Null).await.json();
    let size = stage.get("/f/configuration").await["CodeSize"].clone();
    assert_eq!(settings["AccountUsage"], json!({ "TotalCodeSize": size, "FunctionCount": 1 }));
    assert_eq!(settings["AccountLimit"]["ConcurrentExecutions"], 2);
}

#[tokio::test]
async fn a_wipe_takes_the_functions_of_one_account() {
    let stage = Stage::new().await;
    stage.make().await;
    stage.lambda.wipe(&"123456789012".parse().unwrap()).await.unwrap();
    assert_eq!(stage.get("").await["Functions"].as_array().unwrap().len(), 1);
    stage.lambda.wipe(&AccountId::default_account()).await.unwrap();
    assert_eq!(stage.get("").await["Functions"], json!([]));
}
