//! Publishing versions, and calling them.

use serde_json::{Value, json};

use crate::aliases::split;
use crate::stage::{ARN, Answer, Stage, base64_of, zip_of};

impl Stage {
    pub async fn recode(&self, code: &str, publish: bool) -> Answer {
        let body = json!({ "ZipFile": base64_of(zip_of(code)), "Publish": publish });
        let answer = self.function("PUT", "/f/code", body).await;
        self.settled("f").await;
        answer
    }

    pub async fn publish(&self, body: Value) -> Answer {
        let answer = self.function("POST", "/f/versions", body).await;
        if answer.status == 201 {
            let version = answer.json()["Version"].as_str().unwrap().to_owned();
            self.settled(&format!("f:{version}")).await;
        }
        answer
    }

    /// `f` with the versions 1 (`one`) and 2 (`two`), and other code after them.
    pub async fn with_two(&self) {
        self.make().await;
        assert_eq!(self.publish(json!({ "Description": "first" })).await.status, 201);
        assert_eq!(self.recode("two", true).await.json()["Version"], "2");
        self.settled("f:2").await;
        self.recode("three", false).await;
    }
}

#[tokio::test]
async fn what_was_published_stays_as_it_was() {
    let stage = Stage::new().await;
    stage.make().await;
    let published = stage.publish(json!({ "Description": "first" })).await.json();
    for (member, expected) in [
        ("Version", json!("1")),
        ("FunctionArn", json!(format!("{ARN}:1"))),
        ("Description", json!("first")),
        ("State", json!("Pending")),
        ("StateReasonCode", json!("Creating")),
    ] {
        assert_eq!(published[member], expected, "{member}");
    }
    let again = stage.publish(json!({ "Description": "again" })).await.json();
    assert_eq!((&again["Version"], &again["Description"]), (&json!("1"), &json!("first")));
    stage.recode("two", false).await;
    stage.function("PUT", "/f/configuration", json!({ "MemorySize": 256 })).await;
    stage.settled("f").await;
    for (name, version, code, memory) in
        [("f:1", "1", "one", 128), ("f", "$LATEST", "two", 256), ("f:$LATEST", "$LATEST", "two", 256)]
    {
        let answer = stage.invoke(name, &[], "").await;
        assert_eq!(answer.header("x-amz-executed-version"), version);
        let echo = answer.json();
        assert_eq!(
            (&echo["code"], &echo["memory"], &echo["version"]),
            (&json!(code), &json!(memory), &json!(version))
        );
        assert_eq!(stage.get(&format!("/{name}")).await["Configuration"]["MemorySize"], memory);
    }
    assert_eq!(stage.publish(json!({})).await.json()["Version"], "2");
    let size = stage.get("/f/configuration").await["CodeSize"].as_u64().unwrap();
    let settings = stage.ask("GET", "/2016-08-19/account-settings", Value::Null).await.json();
    assert_eq!(settings["AccountUsage"], json!({ "TotalCodeSize": 3 * size, "FunctionCount": 1 }));
    assert_eq!(stage.into_rows().await.iter().filter(|row| row.version == "1").count(), 1);
}

#[tokio::test]
async fn a_version_is_published_under_conditions() {
    let stage = Stage::new().await;
    stage.make().await;
    let shown = stage.get("/f/configuration").await;
    let fault = stage.publish(json!({ "CodeSha256": "other" })).await.fault();
    let current = shown["CodeSha256"].as_str().unwrap();
    assert_eq!(
        fault,
        format!(
            "400 InvalidParameterValueException: CodeSHA256 (other) is different from current CodeSHA256 in $LATEST \
             ({current}). Please try again with the CodeSHA256 in $LATEST."
        )
    );
    let fault = stage.publish(json!({ "RevisionId": "other" })).await.fault();
    assert!(fault.starts_with("412 PreconditionFailedException: The Revision Id provided"), "{fault}");
    let held = json!({ "CodeSha256": shown["CodeSha256"], "RevisionId": shown["RevisionId"] });
    assert_eq!(stage.publish(held).await.status, 201);
    let fault = stage.function("POST", "/f:1/versions", json!({})).await.fault();
    assert!(
        fault.starts_with("400 InvalidParameterValueException: This operation is permitted on"),
        "{fault}"
    );
    assert_eq!(stage.function("POST", "/x/versions", json!({})).await.status, 404);
}

#[tokio::test]
async fn a_function_can_be_made_published() {
    let stage = Stage::new().await;
    let made = stage.create(json!({ "Publish": true })).await.json();
    assert_eq!((&made["Version"], &made["FunctionArn"]), (&json!("1"), &json!(ARN)));
    stage.settled("f").await;
    assert_eq!(stage.settled("f:1").await["State"], "Active");
    let same = stage.recode("one", true).await.json();
    assert_eq!((&same["Version"], &same["FunctionArn"]), (&json!("1"), &json!(format!("{ARN}:1"))));
}

#[tokio::test]
async fn versions_are_listed_page_by_page() {
    let stage = Stage::new().await;
    stage.with_two().await;
    stage.create(json!({ "FunctionName": "g" })).await;
    let versions = |page: &Value, list: &str| {
        let arns = page[list].as_array().unwrap().iter();
        let arns = arns.map(|one| one["FunctionArn"].as_str().unwrap().split_once("function:").unwrap().1);
        arns.collect::<Vec<_>>().join(" ")
    };
    for (path, list, expected, marker) in [
        ("/f/versions", "Versions", "f:$LATEST f:1 f:2", json!(null)),
        ("/f/versions?MaxItems=1", "Versions", "f:$LATEST", json!("$LATEST")),
        ("/f/versions?MaxItems=1&Marker=$LATEST", "Versions", "f:1", json!("1")),
        ("/f/versions?MaxItems=1&Marker=1", "Versions", "f:2", json!(null)),
        ("?FunctionVersion=ALL", "Functions", "f:$LATEST f:1 f:2 g:$LATEST", json!(null)),
        ("?FunctionVersion=ALL&MaxItems=2", "Functions", "f:$LATEST f:1", json!("f:1")),
        ("?FunctionVersion=ALL&MaxItems=2&Marker=f:1", "Functions", "f:2 g:$LATEST", json!(null)),
        ("?FunctionVersion=ALL&MasterRegion=ALL&MaxItems=1", "Functions", "f:$LATEST", json!("f:$LATEST")),
        ("?FunctionVersion=ALL&MasterRegion=us-east-1", "Functions", "", json!(null)),
        ("", "Functions", "f g", json!(null)),
    ] {
        let page = stage.get(path).await;
        assert_eq!((versions(&page, list), &page["NextMarker"]), (expected.to_owned(), &marker), "{path}");
    }
    for (path, expected) in [
        ("?MasterRegion=ALL", "400 InvalidParameterValueException: FunctionVersion must be set"),
        ("?FunctionVersion=ALL&MasterRegion=x", "400 ValidationException: 1 validation error"),
        ("/f/versions?Marker=x", "400 InvalidParameterValueException: The marker"),
    ] {
        let fault = stage.function("GET", path, Value::Null).await.fault();
        assert!(fault.starts_with(expected), "{fault}");
    }
}

#[tokio::test]
async fn versions_go_when_no_alias_leads_to_them() {
    let stage = Stage::new().await;
    stage.with_two().await;
    stage.alias("live", "2", split("1", 0.5)).await;
    assert_eq!(stage.invoke("f:1", &[], "").await.status, 200);
    assert_eq!(stage.play.living(), 1);
    let in_use = "409 ResourceConflictException: Unable to delete version because the following aliases reference it: [live]";
    for version in ["1", "2"] {
        let path = format!("/f?Qualifier={version}");
        assert_eq!(stage.function("DELETE", &path, Value::Null).await.fault(), in_use);
    }
    for (qualifier, expected) in [
        ("$LATEST", "$LATEST version cannot be deleted without deleting the function."),
        ("live", "Deletion of aliases is not currently supported."),
    ] {
        let fault = stage.function("DELETE", &format!("/f?Qualifier={qualifier}"), Value::Null).await.fault();
        assert_eq!(fault, format!("400 InvalidParameterValueException: {expected}"));
    }
    stage.function("DELETE", "/f/aliases/live", Value::Null).await;
    for path in ["/f:1", "/f?Qualifier=1"] {
        assert_eq!(
            stage.function("DELETE", path, Value::Null).await.status,
            204,
            "AWS: also when it is gone"
        );
    }
    assert_eq!(stage.play.living(), 0);
    stage.swept().await;
    assert_eq!(stage.function("GET", "/f:1", Value::Null).await.status, 404);
    let zips = || std::fs::read_dir(stage.folder.path().join("packages")).unwrap().count();
    assert_eq!(zips(), 2, "the code of the second and of the unpublished version");
    assert_eq!(stage.function("DELETE", "/f", Value::Null).await.status, 204);
    stage.swept().await;
    assert_eq!((zips(), stage.function("GET", "/f:2", Value::Null).await.status), (0, 404));
    stage.make().await;
    assert_eq!(stage.publish(json!({})).await.json()["Version"], "1");
}

#[tokio::test]
async fn a_deleted_version_s_number_does_not_come_back() {
    let stage = Stage::new().await;
    stage.with_two().await;
    stage.function("DELETE", "/f:2", Value::Null).await;
    assert_eq!(stage.publish(json!({})).await.json()["Version"], "3");
}

#[tokio::test]
async fn each_qualifier_has_a_policy_of_its_own() {
    let stage = Stage::new().await;
    stage.with_two().await;
    stage.alias("live", "1", json!({})).await;
    let statement = json!({
        "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
    });
    let nothing = "404 ResourceNotFoundException: The resource you requested does not exist.";
    for (query, arn) in [
        ("?Qualifier=live", format!("{ARN}:live")),
        ("?Qualifier=1", format!("{ARN}:1")),
        ("", ARN.to_owned()),
    ] {
        let path = format!("/f/policy{query}");
        assert_eq!(stage.function("GET", &path, Value::Null).await.fault(), nothing, "{query}");
        assert_eq!(stage.function("POST", &path, statement.clone()).await.status, 201);
        let policy = stage.get(&path).await;
        let document: Value = serde_json::from_str(policy["Policy"].as_str().unwrap()).unwrap();
        assert_eq!(document["Statement"].as_array().unwrap().len(), 1);
        assert_eq!(document["Statement"][0]["Resource"], arn);
        assert!(!policy["RevisionId"].as_str().unwrap().is_empty());
    }
    stage.invoke("f:live", &[], "").await;
    let asked = stage.asked.lock().unwrap().last().unwrap().clone();
    assert_eq!(asked.resource, format!("{ARN}:live"));
    assert!(asked.resource_policy.unwrap().contains(&format!("{ARN}:live\"")));
    let path = "/f/policy/s?Qualifier=live";
    assert_eq!(stage.function("DELETE", path, Value::Null).await.status, 204);
    assert_eq!(stage.function("GET", "/f/policy?Qualifier=live", Value::Null).await.fault(), nothing);
    assert_eq!(stage.function("GET", "/f/policy?Qualifier=1", Value::Null).await.status, 200);
    let fault = stage.function("POST", "/f/policy?Qualifier=gone", statement).await.fault();
    assert_eq!(fault, format!("404 ResourceNotFoundException: Function not found: {ARN}:gone"));
}

#[tokio::test]
async fn a_version_left_pending_by_a_crash_becomes_active() {
    let stage = Stage::over(Default::default(), tempfile::tempdir().unwrap());
    stage.make().await;
    stage.publish(json!({})).await;
    let key = stage.registry.all().await.unwrap().remove(0).key().clone();
    let version = stage.registry.version(&key, 1).await.unwrap().unwrap();
    let mut pending = (*version).clone();
    pending.state = registry::State::Pending;
    stage.registry.settle(&version, pending).await.unwrap();
    stage.tasks.stop().await;
    let again = Stage::over(stage.table.clone(), stage.folder);
    again.lambda.start().await.unwrap();
    assert_eq!(again.settled("f:1").await["State"], "Active");
}

#[tokio::test]
async fn snapshots_are_of_published_versions() {
    let stage = Stage::new().await;
    stage.create(json!({ "SnapStart": { "ApplyOn": "PublishedVersions" } })).await;
    let off = json!({ "ApplyOn": "PublishedVersions", "OptimizationStatus": "Off" });
    assert_eq!(stage.settled("f").await["SnapStart"], off);
    assert_eq!(stage.publish(json!({})).await.json()["State"], "Pending");
    let shown = stage.settled("f:1").await;
    let on = json!({ "ApplyOn": "PublishedVersions", "OptimizationStatus": "On" });
    assert_eq!((&shown["State"], &shown["SnapStart"]), (&json!("Active"), &on));
    assert_eq!(stage.play.living(), 0, "the one that tried it has ended");
    for (name, snap) in [("f:1", true), ("f", false)] {
        assert_eq!(stage.invoke(name, &[], "").await.json()["snap"], snap, "{name}");
    }
    stage.recode("fails", true).await;
    let shown = stage.settled("f:2").await;
    assert_eq!(
        (&shown["State"], &shown["StateReasonCode"], &shown["StateReason"]),
        (
            &json!("Failed"),
            &json!("FunctionError"),
            &json!("The function could not be initialised: ValueError: no")
        )
    );
    let fault = stage.invoke("f:2", &[], "").await.fault();
    assert!(fault.ends_with("The function is currently in the following state: Failed"), "{fault}");
    stage.function("PUT", "/f/configuration", json!({ "SnapStart": { "ApplyOn": "None" } })).await;
    assert_eq!(stage.settled("f").await["SnapStart"]["ApplyOn"], "None");
    stage.publish(json!({})).await;
    assert_eq!(stage.get("/f:3/configuration").await["SnapStart"]["OptimizationStatus"], "Off");
}
