//! What CreateFunction refuses, and in which words.

use serde_json::{Value, json};

use crate::stage::{Stage, base64_of};

async fn check(refusals: &[(Value, &str)]) {
    let stage = Stage::new().await;
    for (other, expected) in refusals {
        let fault = stage.create(other.clone()).await.fault();
        assert!(fault.starts_with(expected), "{other}\n{fault}");
    }
    assert_eq!(stage.get("").await["Functions"], json!([]));
    stage.swept().await;
}

#[tokio::test]
async fn bad_input_about_snapshots_gets_the_fault_that_aws_gives() {
    let invalid = "400 InvalidParameterValueException: ";
    check(&[
        (
            json!({ "Runtime": "nodejs22.x", "SnapStart": { "ApplyOn": "PublishedVersions" } }),
            &format!("{invalid}nodejs22.x is not supported for SnapStart enabled functions."),
        ),
        (
            json!({ "SnapStart": { "ApplyOn": "PublishedVersions" }, "EphemeralStorage": { "Size": 1024 } }),
            &format!("{invalid}SnapStart is not supported for functions with ephemeral storage"),
        ),
        (
            json!({ "SnapStart": { "ApplyOn": "Always" } }),
            "400 ValidationException: 1 validation error detected: Value 'Always' at 'snapStart.applyOn'",
        ),
    ])
    .await;
}

#[tokio::test]
async fn bad_input_gets_the_fault_that_aws_gives() {
    let invalid = "400 InvalidParameterValueException: ";
    check(&[
        (
            json!({ "MemorySize": 64, "Timeout": 901 }),
            "400 ValidationException: 2 validation errors detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900; Value '64' at 'memorySize' failed",
        ),
        (
            json!({ "Role": null }),
            "400 ValidationException: 1 validation error detected: Value null at 'role' failed to satisfy constraint: Member must not be null",
        ),
        (
            json!({ "Role": "me" }),
            "400 ValidationException: 1 validation error detected: Value 'me' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:",
        ),
        (
            json!({ "Role": "arn:aws:iam::000000000000:role/stranger" }),
            &format!("{invalid}The role defined for the function cannot be assumed by Lambda."),
        ),
        (json!({ "Role": "arn:aws:iam::123456789012:role/r" }), "403 AccessDeniedException: Cross-account"),
        (
            json!({ "Runtime": "cobol85" }),
            &format!(
                "{invalid}Value cobol85 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs,"
            ),
        ),
        (
            json!({ "Runtime": "python2.7" }),
            &format!("{invalid}The runtime parameter of python2.7 is no longer supported for creating"),
        ),
        (json!({ "Runtime": "java21" }), &format!("{invalid}This machine has no runtime java21.")),
        (json!({ "Handler": null }), &format!("{invalid}Runtime and Handler are mandatory")),
        (json!({ "Code": {} }), &format!("{invalid}Please provide a source for function code.")),
        (
            json!({ "Code": { "ZipFile": base64_of("no zip") } }),
            &format!("{invalid}Could not unzip uploaded file."),
        ),
        (json!({ "Code": { "ZipFile": "" } }), &format!("{invalid}Uploaded file must be a non-empty zip")),
        (
            json!({ "Code": { "S3Bucket": "code", "S3Key": "b.zip" } }),
            &format!(
                "{invalid}Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."
            ),
        ),
        (
            json!({ "Code": { "S3Bucket": "secret", "S3Key": "b.zip" } }),
            "403 AccessDeniedException: Your access has been denied by S3",
        ),
        (
            json!({ "Environment": { "Variables": { "AWS_REGION": "x" } } }),
            &format!("{invalid}Lambda was unable to configure your environment variables"),
        ),
        (
            json!({ "Timeout": "soon" }),
            "400 InvalidRequestContentException: Could not parse request body into json",
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_is_not_built_is_refused_by_name() {
    check(&[
        (
            json!({ "PackageType": "Image" }),
            "501 NotImplemented: Dayfly does not implement PackageType Image of CreateFunction.",
        ),
        (
            json!({ "VpcConfig": { "SubnetIds": ["subnet-1"] } }),
            "501 NotImplemented: Dayfly does not implement VpcConfig of CreateFunction.",
        ),
        (
            json!({ "LoggingConfig": { "LogFormat": "JSON" } }),
            "501 NotImplemented: Dayfly does not implement LoggingConfig.LogFormat JSON of",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_way_out_that_there_is_none_of_is_refused_with_the_reason() {
    let (no_pasta, no_lists) = (Some("pasta is not installed"), Some("without root there are no lists"));
    let cases = [
        (None, None, "internet", None),
        (None, None, "api.test, 93.184.216.0/24:443", None),
        (None, no_lists, "internet", None),
        (None, no_lists, "api.test", no_lists),
        (no_pasta, no_lists, "internet", no_pasta),
        (no_pasta, no_lists, "api.test", no_pasta),
        (no_pasta, no_lists, "none", None),
    ];
    for (no_egress, no_lists, wanted, expected) in cases {
        let stage = Stage::new_where(no_egress, no_lists).await;
        let answer = stage.create(json!({ "Tags": { "dayfly:egress": wanted } })).await;
        let Some(reason) = expected else {
            assert_eq!(answer.status, 201, "{wanted}");
            continue;
        };
        let text = format!(
            "400 InvalidParameterValueException: This platform gives functions no such way out: {reason}."
        );
        assert!(answer.fault().starts_with(&text), "{wanted}");
        assert_eq!(stage.get("").await["Functions"], json!([]), "{wanted}");
    }
}
