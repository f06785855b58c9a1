//! What cannot be done, in AWS's words.

use serde_json::{Value, json};

use crate::client::{Client, NOW};

const NO_GROUP: &str = "ResourceNotFoundException: The specified log group does not exist.";
const NO_STREAM: &str = "ResourceNotFoundException: The specified log stream does not exist.";

/// Operation, input, and what the fault contains.
type Row = (&'static str, Value, &'static str);

async fn refused(rows: &[Row]) {
    let client = Client::with_events().await;
    for (operation, body, expected) in rows {
        let fault = client.refused(operation, body.clone()).await;
        assert!(fault.contains(expected), "{operation}: {fault}");
    }
}

#[tokio::test]
async fn what_is_missing_there_already_or_not_built() {
    refused(&[
        ("DeleteLogGroup", json!({ "logGroupName": "x" }), NO_GROUP),
        ("CreateLogStream", json!({ "logGroupName": "x", "logStreamName": "s" }), NO_GROUP),
        (
            "CreateLogStream",
            json!({ "logGroupName": "g", "logStreamName": "a" }),
            "ResourceAlreadyExistsException: The specified log stream already exists",
        ),
        ("GetLogEvents", json!({ "logGroupName": "g", "logStreamName": "x" }), NO_STREAM),
        ("FilterLogEvents", json!({ "logGroupName": "x" }), NO_GROUP),
        ("FilterLogEvents", json!({ "logGroupName": "g", "logStreamNames": ["x"] }), NO_STREAM),
        (
            "PutLogEvents",
            json!({ "logGroupName": "g", "logStreamName": "x", "logEvents": [{ "timestamp": NOW, "message": "m" }] }),
            NO_STREAM,
        ),
        (
            "CreateLogGroup",
            json!({ "logGroupName": "h", "kmsKeyId": "k" }),
            "does not implement the parameter kmsKeyId",
        ),
        ("CreateLogGroup", json!({ "logGroupName": "h", "logGroupClass": "DELIVERY" }), "STANDARD only"),
        (
            "CreateLogGroup",
            json!({ "logGroupName": "AWS/h" }),
            "InvalidParameterException: Log groups starting with AWS/ are reserved for AWS.",
        ),
        ("DescribeLogGroups", json!({ "nextToken": "g" }), "The specified nextToken is invalid."),
        ("FilterLogEvents", json!({ "logGroupName": "g", "unmask": true }), "the parameter unmask"),
        ("StartQuery", json!({}), "NotImplemented: Dayfly does not implement StartQuery."),
        ("Nonsense", json!({}), "UnknownOperationException"),
    ])
    .await;
}

#[tokio::test]
async fn members_that_break_a_constraint() {
    refused(&[
        (
            "CreateLogGroup",
            json!({}),
            "InvalidParameterException: 1 validation error detected: Value '' at \
            'logGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "CreateLogGroup",
            json!({ "logGroupName": "a b" }),
            "InvalidParameterException: 1 validation error detected: \
            Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression \
            pattern: [\\.\\-_/#A-Za-z0-9]+",
        ),
        (
            "CreateLogStream",
            json!({ "logGroupName": "a b", "logStreamName": "a:b" }),
            "2 validation errors detected",
        ),
        (
            "CreateLogGroup",
            json!({ "logGroupName": "h", "logGroupClass": "X" }),
            "enum value set: [STANDARD, ",
        ),
        (
            "PutRetentionPolicy",
            json!({ "logGroupName": "g", "retentionInDays": 2 }),
            "enum value set: [1, 3, 5, ",
        ),
        (
            "DescribeLogGroups",
            json!({ "limit": 51 }),
            "Value '51' at 'limit' failed to satisfy constraint: Member must \
            have value less than or equal to 50",
        ),
        (
            "DescribeLogGroups",
            json!({ "logGroupNamePrefix": "a", "logGroupNamePattern": "b" }),
            "mutually exclusive",
        ),
        (
            "DescribeLogStreams",
            json!({ "logGroupName": "g", "orderBy": "LastEventTime", "logStreamNamePrefix": "a" }),
            "Cannot order by LastEventTime with a logStreamNamePrefix.",
        ),
    ])
    .await;
}

#[tokio::test]
async fn reads_that_make_no_sense() {
    refused(&[
        ("DescribeLogStreams", json!({}), "Exactly one of"),
        (
            "DescribeLogStreams",
            json!({ "logGroupName": "g", "nextToken": "é" }),
            "The specified nextToken is invalid.",
        ),
        (
            "GetLogEvents",
            json!({ "logGroupName": "g", "logStreamName": "a", "nextToken": "f/1/s" }),
            "InvalidParameterException: The specified nextToken is invalid.",
        ),
        (
            "FilterLogEvents",
            json!({ "logGroupName": "g", "filterPattern": "a-b" }),
            "InvalidParameterException: Invalid character(s) in term 'a-b'",
        ),
        ("FilterLogEvents", json!({ "logGroupName": "g", "filterPattern": "%a%" }), "regular expressions"),
        (
            "FilterLogEvents",
            json!({ "logGroupName": "g", "startFromHead": false, "startTime": 5 }),
            "2024-01-01",
        ),
    ])
    .await;
}

#[tokio::test]
async fn writes_that_break_a_limit() {
    let put = |events: Value| json!({ "logGroupName": "g", "logStreamName": "a", "logEvents": events });
    let event = |time: i64, message: &str| json!({ "timestamp": NOW + time, "message": message });
    let many: Vec<Value> = (0..10_001).map(|_| event(0, "x")).collect();
    refused(&[
        (
            "PutLogEvents",
            put(json!([])),
            "at 'logEvents' failed to satisfy constraint: Member must have length greater",
        ),
        ("PutLogEvents", put(json!(many)), "Member must have length less than or equal to 10000"),
        ("PutLogEvents", put(json!([event(1, "m"), event(0, "m")])), "must be in chronological order"),
        (
            "PutLogEvents",
            put(json!([event(-86_400_001, "m"), event(0, "m")])),
            "cannot span more than 24 hours",
        ),
        (
            "PutLogEvents",
            put(json!([event(0, &"x".repeat(1_048_551))])),
            "Upload too large: 1048577 bytes exceeds limit of 1048576",
        ),
        ("PutLogEvents", put(json!([event(0, "")])), "'logEvents.1.member.message'"),
        ("PutLogEvents", json!({ "logEvents": 7 }), "SerializationException"),
    ])
    .await;
}
