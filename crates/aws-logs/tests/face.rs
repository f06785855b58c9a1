//! The face as clients speak to it: requests in JSON, answers and faults as AWS spells them.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use model::{AccountId, Caller, Failure, Permission, Region, RequestId, Time};
use serde_json::{Value, json};
use service::{Authority, Call, Service};
use store::MemoryTable;
use tasks::{Clock, Dice};
use telemetry::Logs;

const NOW: i64 = 1_795_448_000_000;

/// Allows everything and keeps what was asked.
#[derive(Default)]
struct Asked(Mutex<Vec<String>>);

#[async_trait]
impl Authority for Asked {
    async fn allow(&self, _: &Call, permission: &Permission) -> Result<(), Failure> {
        self.0.lock().unwrap().push(format!("{} {}", permission.action, permission.resource));
        Ok(())
    }
}

struct Client {
    service: Box<dyn Service>,
    asked: Arc<Asked>,
    clock: Clock,
}

impl Client {
    fn new() -> Self {
        let clock = Clock::manual(Time::from_millis(NOW));
        let logs = Logs::new(Arc::new(MemoryTable::new()), clock.clone(), Dice::seeded(3));
        Self { service: Box::new(aws_logs::service(logs)), asked: Arc::default(), clock }
    }

    async fn send(&self, operation: &str, body: Value) -> (u16, Value) {
        let call = Call {
            request_id: RequestId::random(),
            caller: Caller::root(AccountId::default_account()),
            region: Region::default(),
            time: self.clock.now(),
            cause: None,
            source: None,
            origin: "http://localhost:4566".to_owned(),
            user_agent: String::new(),
            authority: self.asked.clone(),
        };
        let request = http::Request::post("/")
            .header("x-amz-target", format!("Logs_20140328.{operation}"))
            .body(wire::body_of(body.to_string()))
            .unwrap();
        let response = self.service.handle(call, request).await;
        let status = response.status().as_u16();
        let bytes = wire::collect(response.into_body(), usize::MAX).await.unwrap().unwrap();
        (status, if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() })
    }

    async fn done(&self, operation: &str, body: Value) -> Value {
        let (status, answer) = self.send(operation, body).await;
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }

    /// The fault as `Code: message`.
    async fn refused(&self, operation: &str, body: Value) -> String {
        let (status, answer) = self.send(operation, body).await;
        assert!(status >= 400, "{operation}: {answer}");
        format!("{}: {}", answer["__type"].as_str().unwrap(), answer["message"].as_str().unwrap())
    }

    /// With the group `g`, its streams `a` and `b`, and events in them.
    async fn with_events() -> Self {
        let client = Self::new();
        client.done("CreateLogGroup", json!({ "logGroupName": "g" })).await;
        for (stream, times) in [("a", [0, 2, 4]), ("b", [1, 2, 3])] {
            client.done("CreateLogStream", json!({ "logGroupName": "g", "logStreamName": stream })).await;
            let event = |time| json!({ "timestamp": NOW + time, "message": format!("{stream}{time}") });
            let events: Vec<Value> = times.into_iter().map(event).collect();
            let put = json!({ "logGroupName": "g", "logStreamName": stream, "logEvents": events });
            let answer = client.done("PutLogEvents", put).await;
            assert_eq!(answer["nextSequenceToken"].as_str().unwrap().len(), 56);
            assert!(answer.get("rejectedLogEventsInfo").is_none());
        }
        client
    }
}

fn messages(answer: &Value) -> String {
    let texts = answer["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap());
    texts.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn groups_are_made_described_and_deleted() {
    let client = Client::new();
    let create = json!({ "logGroupName": "/aws/lambda/f", "tags": { "team": "x" } });
    assert_eq!(client.done("CreateLogGroup", create.clone()).await, Value::Null);
    assert_eq!(
        client.refused("CreateLogGroup", create).await,
        "ResourceAlreadyExistsException: The specified log group already exists"
    );
    client.done("PutRetentionPolicy", json!({ "logGroupName": "/aws/lambda/f", "retentionInDays": 7 })).await;
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f";
    let whole = json!({ "logGroups": [{
        "logGroupName": "/aws/lambda/f", "creationTime": NOW, "arn": format!("{arn}:*"), "retentionInDays": 7,
        "metricFilterCount": 0, "storedBytes": 0, "logGroupClass": "STANDARD", "logGroupArn": arn,
        "deletionProtectionEnabled": false,
    }] });
    for ask in [
        json!({ "logGroupNamePrefix": "/aws" }),
        json!({ "logGroupIdentifiers": [arn, "missing"] }),
        json!({ "logGroupClass": "STANDARD" }),
    ] {
        assert_eq!(client.done("DescribeLogGroups", ask).await, whole);
    }
    let brief = client.done("DescribeLogGroups", json!({ "logGroupNamePattern": "lambda" })).await;
    assert_eq!(brief["logGroups"][0].as_object().unwrap().len(), 3);
    client.done("DeleteRetentionPolicy", json!({ "logGroupName": "/aws/lambda/f" })).await;
    let group = client.done("DescribeLogGroups", json!({})).await["logGroups"][0].clone();
    assert!(group.get("retentionInDays").is_none());
    client.done("DeleteLogGroup", json!({ "logGroupName": "/aws/lambda/f" })).await;
    assert_eq!(client.done("DescribeLogGroups", json!({})).await, json!({ "logGroups": [] }));
    assert_eq!(
        client.asked.0.lock().unwrap()[..2],
        [format!("logs:CreateLogGroup {arn}:*"), format!("logs:TagResource {arn}:*")]
    );
}

#[tokio::test]
async fn lists_have_pages() {
    let client = Client::new();
    for name in ["a", "b", "c"] {
        client.done("CreateLogGroup", json!({ "logGroupName": name })).await;
        client.done("CreateLogStream", json!({ "logGroupName": "a", "logStreamName": name })).await;
    }
    for (operation, list, name) in [
        ("DescribeLogGroups", "logGroups", "logGroupName"),
        ("DescribeLogStreams", "logStreams", "logStreamName"),
    ] {
        let mut ask = json!({ "limit": 2 });
        if operation == "DescribeLogStreams" {
            ask["logGroupName"] = json!("a");
        }
        let first = client.done(operation, ask.clone()).await;
        assert_eq!((&first[list][0][name], &first[list][1][name]), (&json!("a"), &json!("b")));
        ask["nextToken"] = first["nextToken"].clone();
        let second = client.done(operation, ask).await;
        assert_eq!((&second[list][0][name], second.get("nextToken")), (&json!("c"), None));
    }
}

#[tokio::test]
async fn tags_come_and_go_by_both_spellings() {
    let client = Client::new();
    client.done("CreateLogGroup", json!({ "logGroupName": "g" })).await;
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:g";
    client.done("TagLogGroup", json!({ "logGroupName": "g", "tags": { "a": "1" } })).await;
    client.done("TagResource", json!({ "resourceArn": arn, "tags": { "b": "2", "c": "" } })).await;
    client.done("UntagLogGroup", json!({ "logGroupName": "g", "tags": ["c", "missing"] })).await;
    let expected = json!({ "tags": { "a": "1", "b": "2" } });
    assert_eq!(client.done("ListTagsForResource", json!({ "resourceArn": arn })).await, expected);
    client.done("UntagResource", json!({ "resourceArn": format!("{arn}:*"), "tagKeys": ["a"] })).await;
    assert_eq!(
        client.done("ListTagsLogGroup", json!({ "logGroupName": "g" })).await,
        json!({ "tags": { "b": "2" } })
    );
    let many: serde_json::Map<String, Value> =
        (0..50).map(|number| (format!("k{number}"), json!(""))).collect();
    let fault = client.refused("TagResource", json!({ "resourceArn": arn, "tags": many })).await;
    assert!(fault.starts_with("TooManyTagsException"), "{fault}");
    for body in [json!({ "tags": { "aws:x": "1" } }), json!({ "tags": { "": "1" } }), json!({ "tags": {} })] {
        let mut body = body;
        body["resourceArn"] = json!(arn);
        assert!(client.refused("TagResource", body).await.starts_with("InvalidParameterException"));
    }
    let missing = json!({ "resourceArn": format!("{arn}x") });
    assert!(client.refused("ListTagsForResource", missing).await.starts_with("ResourceNotFoundException"));
}

#[tokio::test]
async fn a_stream_is_read_from_both_ends_and_the_tokens_stay_at_the_ends() {
    let client = Client::with_events().await;
    let get = async |more: Value| {
        let mut ask = json!({ "logGroupName": "g", "logStreamName": "a" });
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.done("GetLogEvents", ask).await
    };
    let last = get(json!({ "limit": 2 })).await;
    assert_eq!(messages(&last), "a2 a4");
    assert_eq!(last["events"][0], json!({ "timestamp": NOW + 2, "message": "a2", "ingestionTime": NOW }));
    let before = get(json!({ "limit": 2, "nextToken": last["nextBackwardToken"] })).await;
    assert_eq!(messages(&before), "a0");
    let none = get(json!({ "nextToken": before["nextBackwardToken"] })).await;
    assert_eq!((messages(&none).as_str(), &none["nextBackwardToken"]), ("", &before["nextBackwardToken"]));
    let first = get(json!({ "startFromHead": true, "limit": 1 })).await;
    assert_eq!(messages(&first), "a0");
    let rest = get(json!({ "startFromHead": true, "nextToken": first["nextForwardToken"] })).await;
    assert_eq!(messages(&rest), "a2 a4");
    let end = get(json!({ "nextToken": rest["nextForwardToken"], "startFromHead": true })).await;
    assert_eq!((messages(&end).as_str(), &end["nextForwardToken"]), ("", &rest["nextForwardToken"]));
    assert_eq!(messages(&get(json!({ "startTime": NOW + 2, "endTime": NOW + 4 })).await), "a2");
    let by_arn = json!({
        "logGroupIdentifier": "arn:aws:logs:us-east-1:000000000000:log-group:g", "logStreamName": "b",
    });
    assert_eq!(messages(&client.done("GetLogEvents", by_arn).await), "b1 b2 b3");
}

#[tokio::test]
async fn a_group_is_searched() {
    let client = Client::with_events().await;
    for (more, expected) in [
        (json!({}), "a0 b1 a2 b2 b3 a4"),
        (json!({ "startTime": NOW + 1, "endTime": NOW + 2 }), "b1 a2 b2"),
        (json!({ "logStreamNames": ["b"] }), "b1 b2 b3"),
        (json!({ "logStreamNamePrefix": "a" }), "a0 a2 a4"),
        (json!({ "filterPattern": "?a2 ?b3" }), "a2 b3"),
        (json!({ "filterPattern": "" }), "a0 b1 a2 b2 b3 a4"),
        (json!({ "startFromHead": false }), "a4 b3 b2 a2 b1 a0"),
    ] {
        for limit in [2, 100] {
            let mut ask = json!({ "logGroupName": "g", "limit": limit });
            ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let mut found = Vec::new();
            let mut ids = std::collections::BTreeSet::new();
            loop {
                let page = client.done("FilterLogEvents", ask.clone()).await;
                assert_eq!(page["searchedLogStreams"], json!([]));
                found.extend(messages(&page).split_whitespace().map(str::to_owned));
                ids.extend(
                    page["events"].as_array().unwrap().iter().map(|event| event["eventId"].to_string()),
                );
                match page.get("nextToken") {
                    Some(token) => ask["nextToken"] = token.clone(),
                    None => break,
                }
            }
            assert_eq!((found.join(" ").as_str(), ids.len()), (expected, found.len()), "{more}");
        }
    }
}

#[tokio::test]
async fn streams_are_described() {
    let client = Client::with_events().await;
    let ask = json!({ "logGroupName": "g", "orderBy": "LastEventTime", "descending": true, "limit": 1 });
    let stream = client.done("DescribeLogStreams", ask).await["logStreams"][0].clone();
    let expected = json!({
        "logStreamName": "a", "creationTime": NOW, "firstEventTimestamp": NOW, "lastEventTimestamp": NOW + 4,
        "lastIngestionTime": NOW, "uploadSequenceToken": stream["uploadSequenceToken"], "storedBytes": 0,
        "arn": "arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:a",
    });
    assert_eq!(stream, expected);
    client.done("DeleteLogStream", json!({ "logGroupName": "g", "logStreamName": "a" })).await;
    let left = client.done("DescribeLogStreams", json!({ "logGroupIdentifier": "g" })).await;
    assert_eq!(left["logStreams"].as_array().unwrap().len(), 1);
    let group = client.done("DescribeLogGroups", json!({})).await["logGroups"][0].clone();
    assert_eq!(group["storedBytes"], 3 * (2 + 26));
}

#[tokio::test]
async fn events_that_are_too_old_or_too_new_are_rejected_and_the_rest_is_taken() {
    const HOUR: i64 = 60 * 60 * 1000;
    let client = Client::new();
    client.done("CreateLogGroup", json!({ "logGroupName": "g" })).await;
    client.done("CreateLogStream", json!({ "logGroupName": "g", "logStreamName": "s" })).await;
    let put = async |hours: &[i64]| {
        let event = |hour: &i64| json!({ "timestamp": NOW + hour * HOUR, "message": hour.to_string() });
        let events: Vec<Value> = hours.iter().map(event).collect();
        let body = json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": events });
        client.done("PutLogEvents", body).await["rejectedLogEventsInfo"].clone()
    };
    assert_eq!(
        put(&[-400, -337, -20, 0, 2, 3]).await,
        json!({ "tooNewLogEventStartIndex": 5, "tooOldLogEventEndIndex": 2 })
    );
    client.done("PutRetentionPolicy", json!({ "logGroupName": "g", "retentionInDays": 1 })).await;
    assert_eq!(put(&[-25, -1]).await, json!({ "expiredLogEventEndIndex": 1 }));
    assert_eq!(put(&[3]).await, json!({ "tooNewLogEventStartIndex": 0 }));
    let all = client.done("FilterLogEvents", json!({ "logGroupName": "g" })).await;
    assert_eq!(messages(&all), "-20 -1 0 2");
}

#[tokio::test]
async fn what_cannot_be_done_is_told_in_aws_s_words() {
    let client = Client::with_events().await;
    let no_group = "ResourceNotFoundException: The specified log group does not exist.";
    let no_stream = "ResourceNotFoundException: The specified log stream does not exist.";
    let put = |events: Value| json!({ "logGroupName": "g", "logStreamName": "a", "logEvents": events });
    let event = |time: i64, message: &str| json!({ "timestamp": NOW + time, "message": message });
    let many: Vec<Value> = (0..10_001).map(|_| event(0, "x")).collect();
    for (operation, body, expected) in [
        ("DeleteLogGroup", json!({ "logGroupName": "x" }), no_group),
        ("CreateLogStream", json!({ "logGroupName": "x", "logStreamName": "s" }), no_group),
        (
            "CreateLogStream",
            json!({ "logGroupName": "g", "logStreamName": "a" }),
            "ResourceAlreadyExistsException: The specified log stream already exists",
        ),
        ("GetLogEvents", json!({ "logGroupName": "g", "logStreamName": "x" }), no_stream),
        ("FilterLogEvents", json!({ "logGroupName": "x" }), no_group),
        ("FilterLogEvents", json!({ "logGroupName": "g", "logStreamNames": ["x"] }), no_stream),
        (
            "PutLogEvents",
            json!({ "logGroupName": "g", "logStreamName": "x", "logEvents": [event(0, "m")] }),
            no_stream,
        ),
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
            json!({ "logGroupName": "h", "kmsKeyId": "k" }),
            "does not implement the parameter kmsKeyId",
        ),
        ("CreateLogGroup", json!({ "logGroupName": "h", "logGroupClass": "DELIVERY" }), "STANDARD only"),
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
        ("FilterLogEvents", json!({ "logGroupName": "g", "unmask": true }), "the parameter unmask"),
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
        ("StartQuery", json!({}), "NotImplemented: Dayfly does not implement StartQuery."),
        ("Nonsense", json!({}), "UnknownOperationException"),
    ] {
        let fault = client.refused(operation, body).await;
        assert!(fault.contains(expected), "{operation}: {fault}");
    }
}
