//! Resource policies: statements come and go, and events ask them.

use delivery::SourceOf;
use model::{AccountId, Arn};
use serde_json::{Value, json};

use crate::stage::{ARN, Stage};

fn statement(id: &str) -> Value {
    json!({
        "StatementId": id, "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
        "SourceArn": "arn:aws:s3:::photos", "SourceAccount": "000000000000",
    })
}

#[tokio::test]
async fn statements_are_added_shown_and_removed() {
    let stage = Stage::new().await;
    stage.make().await;
    let nothing = "404 ResourceNotFoundException: The resource you requested does not exist.";
    assert_eq!(stage.function("GET", "/f/policy", Value::Null).await.fault(), nothing);
    let added = stage.function("POST", "/f/policy", statement("s3")).await;
    assert_eq!(added.status, 201);
    let shown: Value = serde_json::from_str(added.json()["Statement"].as_str().unwrap()).unwrap();
    assert_eq!(
        shown,
        json!({
            "Sid": "s3", "Effect": "Allow", "Principal": { "Service": "s3.amazonaws.com" },
            "Action": "lambda:InvokeFunction", "Resource": ARN,
            "Condition": {
                "ArnLike": { "AWS:SourceArn": "arn:aws:s3:::photos" },
                "StringEquals": { "AWS:SourceAccount": "000000000000" },
            },
        })
    );
    let policy = stage.get("/f/policy").await;
    let document: Value = serde_json::from_str(policy["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(document, json!({ "Version": "2012-10-17", "Id": "default", "Statement": [shown] }));
    let again = stage.function("POST", "/f/policy", statement("s3")).await.fault();
    assert_eq!(
        again,
        "409 ResourceConflictException: The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement."
    );
    let stale = stage.function("DELETE", "/f/policy/s3?RevisionId=stale", Value::Null).await.fault();
    assert!(stale.starts_with("412 PreconditionFailedException: "), "{stale}");
    let revision = policy["RevisionId"].as_str().unwrap();
    let path = format!("/f/policy/s3?RevisionId={revision}");
    assert_eq!(stage.function("DELETE", &path, Value::Null).await.status, 204);
    let missing = stage.function("DELETE", "/f/policy/s3", Value::Null).await.fault();
    assert_eq!(missing, "404 ResourceNotFoundException: Statement s3 is not found in resource policy.");
}

#[tokio::test]
async fn what_is_no_statement_is_refused() {
    let stage = Stage::new().await;
    stage.make().await;
    for (member, value, expected) in [
        (
            "StatementId",
            json!("a b"),
            "400 ValidationException: 1 validation error detected: Value 'a b' at 'statementId'",
        ),
        (
            "Action",
            json!("s3:GetObject"),
            "400 ValidationException: 1 validation error detected: Value 's3:GetObject' at 'action'",
        ),
        (
            "Principal",
            json!(null),
            "400 ValidationException: 1 validation error detected: Value null at 'principal'",
        ),
        (
            "Principal",
            json!("bob"),
            "400 InvalidParameterValueException: The provided principal was invalid.",
        ),
        (
            "Principal",
            json!("arn:aws:iam::123456789012:group/g"),
            "400 InvalidParameterValueException: The provided principal was invalid.",
        ),
        (
            "Principal",
            json!("arn:aws:iam::123456789012:role/*"),
            "400 InvalidParameterValueException: The provided principal was invalid. Please check the principal and try again.",
        ),
        (
            "SourceAccount",
            json!("1"),
            "400 ValidationException: 1 validation error detected: Value '1' at 'sourceAccount'",
        ),
        (
            "FunctionUrlAuthType",
            json!("NONE"),
            "400 InvalidParameterValueException: FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action",
        ),
    ] {
        let mut asked = statement("s");
        asked[member] = value;
        let fault = stage.function("POST", "/f/policy", asked).await.fault();
        assert!(fault.starts_with(expected), "{fault}");
    }
    let fault = stage.function("POST", "/f/policy?Qualifier=$LATEST", statement("s")).await.fault();
    assert!(fault.ends_with("We currently do not support adding policies for $LATEST."), "{fault}");
}

#[tokio::test]
async fn a_policy_has_an_end() {
    let stage = Stage::new().await;
    stage.make().await;
    for number in 0..100 {
        let answer = stage.function("POST", "/f/policy", statement(&format!("s{number}"))).await;
        if answer.status != 201 {
            assert!(answer.fault().starts_with("400 PolicyLengthExceededException"), "{}", answer.fault());
            assert!(number > 60, "{number}");
            return;
        }
    }
    panic!("the policy grows without end");
}

#[tokio::test]
async fn a_source_may_send_when_the_policy_says_so() {
    let stage = Stage::new().await;
    stage.make().await;
    let target: Arn = ARN.parse().unwrap();
    let from = |bucket: &str| SourceOf {
        service: "s3.amazonaws.com".to_owned(),
        arn: Arn::new("s3", "", "", bucket),
        account: AccountId::default_account(),
    };
    assert!(!stage.delivery.may_deliver(&target, &from("photos")).await.unwrap());
    stage.function("POST", "/f/policy", statement("s3")).await;
    assert!(stage.delivery.may_deliver(&target, &from("photos")).await.unwrap());
    assert!(!stage.delivery.may_deliver(&target, &from("other")).await.unwrap());
    let nobody: Arn = ARN.replace(":f", ":g").parse().unwrap();
    assert!(!stage.delivery.may_deliver(&nobody, &from("photos")).await.unwrap());
}
