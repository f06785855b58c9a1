//! The face as clients speak to it: requests in JSON, answers and faults as AWS spells them.

mod client;
mod faults;

use serde_json::{Value, json};

use client::{Client, NOW, messages};

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
