//! Events for functions.

use expect_test::expect;

use delivery::{Deposit, State};
use store::{Key, Table};

use crate::stage::Stage;

fn rules(function: &str, rest: &str) -> String {
    format!(
        "PUT /bkt?notification || <NotificationConfiguration><CloudFunctionConfiguration><Id>rule</Id><CloudFunction>\
         arn:aws:lambda:us-east-1:000000000000:function:{function}</CloudFunction>{rest}</CloudFunctionConfiguration>\
         </NotificationConfiguration>"
    )
}

#[tokio::test]
async fn an_upload_is_told_as_aws_tells_it() {
    let mut stage = Stage::with_bucket().await;
    let filter = "<Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>prefix</Name><Value>in/</Value>\
                  </FilterRule></S3Key></Filter>";
    assert_eq!(stage.ask(&rules("resize", filter)).await.fault(), "200");
    stage.ask("PUT /bkt/out/a || 1").await;
    stage.ask("PUT /bkt/in/a%20%C3%BC%2B.jpg || hello").await;
    let event = stage.event().await;
    expect![[r#"
        {
          "Records": [
            {
              "eventVersion": "2.1",
              "eventSource": "aws:s3",
              "awsRegion": "us-east-1",
              "eventTime": "2026-11-23T15:33:20.000Z",
              "eventName": "ObjectCreated:Put",
              "userIdentity": {
                "principalId": "AFBC963A47211F"
              },
              "requestParameters": {
                "sourceIPAddress": "127.0.0.1"
              },
              "responseElements": {
                "x-amz-request-id": "8707070707070707",
                "x-amz-id-2": "G+yF9MX2WUTA5CQBf+i6TmGqD6BUw4ujGUox0eNmkCQb7IX0xfZZRMDkJAF/6LpOYaoPoFTDi6MZSjHR42aQJA=="
              },
              "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "rule",
                "bucket": {
                  "name": "bkt",
                  "ownerIdentity": {
                    "principalId": "AFBC963A47211F"
                  },
                  "arn": "arn:aws:s3:::bkt"
                },
                "object": {
                  "key": "in/a+%C3%BC%2B.jpg",
                  "size": 5,
                  "eTag": "5d41402abc4b2a76b9719d911017c592",
                  "sequencer": "0001A2090A4E000000"
                }
              }
            }
          ]
        }"#]].assert_eq(&serde_json::to_string_pretty(&event).unwrap());
    let missing = stage.ask(&rules("missing", filter)).await.fault();
    assert_eq!(missing, "400 InvalidArgument: Unable to validate the following destination configurations");
}

#[tokio::test]
async fn a_test_event_is_there_exactly_when_the_configuration_is() {
    let mut stage = Stage::with_bucket().await;
    let to = |queue: &str| {
        format!(
            "PUT /bkt?notification || <NotificationConfiguration><QueueConfiguration><Id>rule</Id><Queue>\
             arn:aws:sqs:us-east-1:000000000000:{queue}</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration>\
             </NotificationConfiguration>"
        )
    };
    assert_eq!(stage.ask(&to("missing")).await.status, 400);
    assert_eq!(stage.ask(&to("q")).await.fault(), "200");
    let told = stage.event().await;
    let document: serde_json::Value = serde_json::from_str(told["Body"].as_str().unwrap()).unwrap();
    assert_eq!((&document["Event"], &document["Bucket"]), (&"s3:TestEvent".into(), &"bkt".into()));
    let rows = stage.table.range(&Key::new(), None, usize::MAX).await.unwrap();
    let revision = |of: &str| {
        let parts = |key: &Key| format!("{key:?}");
        rows.iter().filter(|entry| parts(&entry.key).contains(of)).map(|entry| entry.row.revision).max()
    };
    assert_eq!(revision("\"notification\""), revision("\"payload\""), "one commit wrote both");
}

#[tokio::test]
async fn an_event_for_a_bucket_becomes_an_object_that_is_announced() {
    let mut stage = Stage::with_bucket().await;
    assert_eq!(stage.ask(&rules("f", "<Event>s3:ObjectCreated:*</Event>")).await.fault(), "200");
    let deposit = |key: &str| Deposit {
        key: key.to_owned(),
        content_type: "application/json".to_owned(),
        body: "{}".to_owned(),
    };
    let (kept, lost) =
        (stage.send("bkt", &deposit("records/a")).await, stage.send("none", &deposit("a")).await);
    let told = stage.event().await;
    assert_eq!(told["Records"][0]["s3"]["object"]["key"], "records/a");
    let object = stage.ask("GET /bkt/records/a").await;
    assert_eq!((&*object.body, object.header("content-type")), ("{}", "application/json"));
    assert_eq!(stage.event_when_over(kept).await.state, State::Done);
    let lost = stage.event_when_over(lost).await;
    assert!(lost.state == State::Dead && lost.steps.len() == 3, "{lost:?}");
    let children = stage.delivery.tree(&stage.event_when_over(kept).await).await.unwrap().0;
    assert_eq!(children.len(), 2, "the call is in the tree of what was deposited");
}
