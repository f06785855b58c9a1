//! Layers: published, listed, shared, laid under functions, and removed while functions have them.

use serde_json::{Value, json};

use crate::stage::{Answer, Stage, base64_of, zip_of};

const LAYER: &str = "arn:aws:lambda:us-east-1:000000000000:layer:l";
const VERSIONS: &str = "/2018-10-31/layers/l/versions";

impl Stage {
    /// The next version of `l`, with this code.
    async fn publish_layer(&self, code: &str, other: Value) -> Answer {
        let mut body = json!({ "Content": { "ZipFile": base64_of(zip_of(code)) } });
        other.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        self.ask("POST", VERSIONS, body).await
    }

    async fn layers(&self, path: &str) -> Value {
        self.ask("GET", &format!("/2018-10-31/layers{path}"), Value::Null).await.json()
    }

    /// What the layers of `f` hold, as a call of it sees them.
    async fn laid_under(&self) -> Value {
        self.invoke("f", &[], "{}").await.json()["layers"].clone()
    }
}

#[tokio::test]
async fn versions_are_published_shown_and_listed() {
    let stage = Stage::new().await;
    let said = json!({
        "Description": "d", "LicenseInfo": "MIT", "CompatibleRuntimes": ["python3.12", "nodejs20.x"],
        "CompatibleArchitectures": ["x86_64"],
    });
    let made = stage.publish_layer("one", said.clone()).await;
    let shown = made.json();
    assert_eq!(made.status, 201, "{}", made.fault());
    for (name, value) in said.as_object().unwrap() {
        assert_eq!(shown[name], *value, "{name}");
    }
    let names = [("LayerArn", LAYER.to_owned()), ("LayerVersionArn", format!("{LAYER}:1"))];
    names.iter().for_each(|(name, value)| assert_eq!(shown[name], json!(value)));
    assert_eq!(
        (&shown["Version"], &shown["CreatedDate"]),
        (&json!(1), &json!("2026-09-21T14:13:20.000+0000"))
    );
    let zip = zip_of("one");
    assert_eq!(shown["Content"]["CodeSize"], json!(zip.len()));
    assert_eq!(stage.layers("/l/versions/1").await["Content"]["CodeSha256"], shown["Content"]["CodeSha256"]);
    let by_arn = stage.layers(&format!("?find=LayerVersion&Arn={LAYER}:1")).await;
    assert_eq!(by_arn["LayerVersionArn"], shown["LayerVersionArn"]);
    let link = shown["Content"]["Location"].as_str().unwrap().replace("http://127.0.0.1:4566", "");
    assert_eq!(stage.ask("GET", &link, Value::Null).await.bytes, zip);

    stage.publish_layer("two", json!({})).await;
    stage.publish_layer("three", json!({ "CompatibleRuntimes": ["python3.12"] })).await;
    let numbers = |page: &Value| {
        page["LayerVersions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["Version"].to_string())
            .collect::<String>()
    };
    for (query, expected) in [
        ("", "321"),
        ("?CompatibleRuntime=python3.12", "31"),
        ("?CompatibleRuntime=python3.12&CompatibleArchitecture=x86_64", "1"),
        ("?CompatibleArchitecture=arm64", ""),
        ("?MaxItems=1", "3"),
        ("?MaxItems=2&Marker=3", "21"),
    ] {
        assert_eq!(numbers(&stage.layers(&format!("/l/versions{query}")).await), expected, "{query}");
    }
    assert_eq!(stage.layers("/l/versions?MaxItems=1").await["NextMarker"], "3");
    stage
        .ask("POST", "/2018-10-31/layers/m/versions", json!({ "Content": { "ZipFile": base64_of(&zip) } }))
        .await;
    let latest = |page: &Value| {
        let shown = |one: &Value| format!("{}{} ", one["LayerName"], one["LatestMatchingVersion"]["Version"]);
        page["Layers"].as_array().unwrap().iter().map(shown).collect::<String>().replace('"', "")
    };
    for (query, expected) in [
        ("", "l3 m1 "),
        ("?CompatibleRuntime=nodejs20.x", "l1 "),
        ("?MaxItems=1", "l3 "),
        ("?Marker=l", "m1 "),
    ] {
        assert_eq!(latest(&stage.layers(query).await), expected, "{query}");
    }
}

#[tokio::test]
async fn what_cannot_be_published_or_named_is_told() {
    let stage = Stage::new().await;
    for (member, value, expected) in [
        (
            "Content",
            Value::Null,
            "Value null at 'content' failed to satisfy constraint: Member must not be null",
        ),
        (
            "CompatibleRuntimes",
            json!(["cobol"]),
            "Value '[cobol]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [nodejs,",
        ),
        (
            "CompatibleRuntimes",
            json!(vec!["java8"; 16]),
            "at 'compatibleRuntimes' failed to satisfy constraint: Member must have length less than or equal to 15",
        ),
        ("CompatibleArchitectures", json!(["z80"]), "Member must satisfy enum value set: [x86_64, arm64]"),
        ("Content", json!({ "ZipFile": base64_of("no zip") }), "Could not unzip uploaded file."),
        ("Content", json!({}), "Please provide a source for function code."),
        ("Content", json!({ "S3Bucket": "code", "S3Key": "none" }), "S3 Error Code: NoSuchKey."),
    ] {
        let fault = stage.publish_layer("one", json!({ member: value })).await.fault();
        assert!(fault.starts_with("400 ") && fault.contains(expected), "{member}: {fault}");
    }
    let from_bucket = json!({ "Content": { "S3Bucket": "code", "S3Key": "a.zip" } });
    assert_eq!(stage.publish_layer("", from_bucket).await.status, 201);
    for (method, path, expected) in [
        ("GET", "/l/versions/7", "404 ResourceNotFoundException: The resource you requested does not exist."),
        ("GET", "/l/versions/0", "400 InvalidParameterValueException: Layer Version Cannot be less than 1."),
        (
            "GET",
            "/l!/versions/1",
            "400 ValidationException: 1 validation error detected: Value 'l!' at 'layerName'",
        ),
        (
            "GET",
            "?find=LayerVersion&Arn=x",
            "400 ValidationException: 1 validation error detected: Value 'x' at 'arn'",
        ),
        (
            "GET",
            "?CompatibleRuntime=cobol",
            "400 ValidationException: 1 validation error detected: Value 'cobol'",
        ),
        ("GET", "/l/versions/7/policy", "404 ResourceNotFoundException: Layer version"),
        (
            "GET",
            "/l/versions/1/policy",
            "404 ResourceNotFoundException: No policy is associated with the given resource.",
        ),
        (
            "DELETE",
            "/l/versions/1/policy/s",
            "404 ResourceNotFoundException: Statement s is not found in resource policy.",
        ),
    ] {
        let fault = stage.ask(method, &format!("/2018-10-31/layers{path}"), Value::Null).await.fault();
        assert!(fault.starts_with(expected), "{path}: {fault}");
    }
    assert_eq!(stage.layers("/none/versions").await["LayerVersions"], json!([]));
    assert_eq!(stage.ask("DELETE", &format!("{VERSIONS}/7"), Value::Null).await.status, 204);
}

#[tokio::test]
async fn a_function_has_its_layers_in_order_also_when_they_are_gone() {
    let stage = Stage::new().await;
    for code in ["one", "two"] {
        assert_eq!(stage.publish_layer(code, json!({})).await.status, 201);
    }
    stage
        .ask(
            "POST",
            "/2018-10-31/layers/m/versions",
            json!({ "Content": { "ZipFile": base64_of(zip_of("three")) } }),
        )
        .await;
    let other = LAYER.replace("layer:l", "layer:m");
    let made = stage.create(json!({ "Layers": [format!("{LAYER}:1"), format!("{other}:1")] })).await;
    assert_eq!(made.status, 201, "{}", made.fault());
    let shown = json!([
        { "Arn": format!("{LAYER}:1"), "CodeSize": zip_of("one").len() },
        { "Arn": format!("{other}:1"), "CodeSize": zip_of("three").len() },
    ]);
    assert_eq!(stage.settled("f").await["Layers"], shown);
    assert_eq!(stage.laid_under().await, json!(["one", "three"]));
    assert_eq!(stage.ask("DELETE", &format!("{VERSIONS}/1"), Value::Null).await.status, 204);
    stage.swept().await;
    assert_eq!(stage.laid_under().await, json!(["one", "three"]));
    let again = stage.publish_layer("four", json!({})).await.json();
    assert_eq!(again["Version"], 3, "a number is given once");

    let gone = json!({ "Layers": [format!("{LAYER}:1")] });
    let fault = stage.function("PUT", "/f/configuration", gone).await.fault();
    let missing = format!("400 InvalidParameterValueException: Layer version {LAYER}:1 does not exist.");
    assert_eq!(fault, missing);
    let changed = json!({ "Layers": [format!("{LAYER}:3"), format!("{LAYER}:2")] });
    let fault = stage.function("PUT", "/f/configuration", changed).await.fault();
    assert!(fault.contains("Two different versions of the same layer are not allowed"), "{fault}");
    let changed = json!({ "Layers": [format!("{LAYER}:2")] });
    assert_eq!(stage.function("PUT", "/f/configuration", changed).await.status, 200);
    stage.settled("f").await;
    assert_eq!(stage.laid_under().await, json!(["two"]));
    let described = json!({ "Description": "others stay" });
    stage.function("PUT", "/f/configuration", described).await;
    assert_eq!(stage.settled("f").await["Layers"].as_array().map(Vec::len), Some(1));
    stage.function("PUT", "/f/configuration", json!({ "Layers": [] })).await;
    assert_eq!(stage.settled("f").await["Layers"], Value::Null);
    assert_eq!(stage.laid_under().await, json!([]));
    stage.swept().await;
    let folders = std::fs::read_dir(stage.folder.path().join("packages")).unwrap().count();
    assert_eq!(folders, 4, "the function's code, and what is published as l:2, l:3 and m:1");
}

#[tokio::test]
async fn who_uses_a_layer_is_asked_for_by_its_policy() {
    let stage = Stage::new().await;
    stage.publish_layer("one", json!({})).await;
    let policy = format!("{VERSIONS}/1/policy");
    let give = |id: &str| json!({ "StatementId": id, "Action": "lambda:GetLayerVersion", "Principal": "123456789012" });
    let added = stage.ask("POST", &policy, give("s")).await;
    assert_eq!(added.status, 201, "{}", added.fault());
    let shown: Value = serde_json::from_str(added.json()["Statement"].as_str().unwrap()).unwrap();
    assert_eq!(shown["Resource"], format!("{LAYER}:1"));
    assert_eq!(stage.layers("/l/versions/1/policy").await["RevisionId"], added.json()["RevisionId"]);
    for (path, body, expected) in [
        ("", give("s"), "409 ResourceConflictException: The statement id (s) provided already exists."),
        ("?RevisionId=stale", give("t"), "412 PreconditionFailedException: "),
        (
            "",
            json!({ "StatementId": "t", "Action": "lambda:*", "Principal": "*" }),
            "400 ValidationException: ",
        ),
        (
            "",
            json!({ "StatementId": "t", "Action": "lambda:GetLayerVersion", "Principal": "bob" }),
            "400 ValidationException: ",
        ),
    ] {
        let fault = stage.ask("POST", &format!("{policy}{path}"), body).await.fault();
        assert!(fault.starts_with(expected), "{fault}");
    }
    let elsewhere = stage.ask("POST", &policy.replace("/1/", "/7/"), give("s")).await.fault();
    assert_eq!(elsewhere, format!("404 ResourceNotFoundException: Layer version {LAYER}:7 does not exist."));
    stage.asked.lock().unwrap().clear();
    stage.create(json!({ "Layers": [format!("{LAYER}:1")] })).await;
    let asked = stage.asked.lock().unwrap().clone();
    let layer = asked.iter().find(|one| one.action == "lambda:GetLayerVersion").unwrap();
    assert_eq!(layer.resource, format!("{LAYER}:1"));
    assert!(layer.resource_policy.as_deref().is_some_and(|policy| policy.contains("123456789012")));
    assert_eq!(asked[0].context, [("lambda:Layer".to_owned(), format!("{LAYER}:1"))]);
    assert_eq!(stage.ask("DELETE", &format!("{policy}/s"), Value::Null).await.status, 204);
}
