//! Buckets and what is configured for them.

use expect_test::expect_file;
use model::{AccountId, Caller};

use crate::stage::{Stage, play};

#[tokio::test]
async fn a_bucket_from_its_beginning_to_its_end() {
    let script = [
        "PUT /photos",
        "PUT /photos",
        "HEAD /photos",
        "GET /photos?location",
        "GET /",
        "PUT /photos/a || 1",
        "DELETE /photos",
        "DELETE /photos/a",
        "DELETE /photos",
        "HEAD /photos",
        "GET /photos",
    ];
    play(&Stage::new().await, &script, expect_file!["../recorded/bucket.txt"]).await;
}

#[tokio::test]
async fn what_a_new_bucket_says_of_itself() {
    let script = [
        "GET /bkt?acl",
        "GET /bkt?cors",
        "GET /bkt?encryption",
        "GET /bkt?lifecycle",
        "GET /bkt?logging",
        "GET /bkt?notification",
        "GET /bkt?object-lock",
        "GET /bkt?ownershipControls",
        "GET /bkt?policy",
        "GET /bkt?publicAccessBlock",
        "GET /bkt?requestPayment",
        "GET /bkt?tagging",
        "GET /bkt?versioning",
        "GET /bkt?website",
    ];
    play(&Stage::with_bucket().await, &script, expect_file!["../recorded/new_bucket.txt"]).await;
}

#[tokio::test]
async fn names_and_places() {
    let stage = Stage::new().await;
    let elsewhere = |place: &str| {
        format!(
            "<CreateBucketConfiguration><LocationConstraint>{place}</LocationConstraint></CreateBucketConfiguration>"
        )
    };
    let us = "us-east-1";
    let stranger: AccountId = "111111111111".parse().unwrap();
    let (own, other) = (Caller::root(AccountId::default_account()), Caller::root(stranger));
    for (caller, region, name, body, expected) in [
        (&own, us, "mine", String::new(), "200"),
        (
            &other,
            us,
            "mine",
            String::new(),
            "409 BucketAlreadyExists: The requested bucket name is not available.",
        ),
        (&own, us, "in-europe", elsewhere("eu-west-1"), "200"),
        (
            &own,
            "eu-west-1",
            "in-europe",
            elsewhere("eu-west-1"),
            "409 BucketAlreadyOwnedByYou: Your previous request",
        ),
        (
            &own,
            "eu-west-1",
            "other",
            String::new(),
            "400 IllegalLocationConstraintException: The unspecified location",
        ),
        (
            &own,
            us,
            "other",
            elsewhere("moon"),
            "400 InvalidLocationConstraint: The specified location-constraint",
        ),
        (
            &own,
            us,
            "other",
            "<Create".to_owned(),
            "400 MalformedXML: The XML you provided was not well-formed",
        ),
        (&own, us, "ab", String::new(), "400 InvalidBucketName: The specified bucket is not valid."),
        (&own, us, "A_b.c", String::new(), "400 InvalidBucketName: The specified bucket is not valid."),
        (&own, us, "192.168.1.1", String::new(), "400 InvalidBucketName: The specified bucket is not valid."),
    ] {
        let told =
            stage.ask_as(caller.clone(), region, &format!("PUT /{name}"), body.as_bytes()).await.fault();
        assert!(told.starts_with(expected), "{name} {body}: {told}");
    }
}
