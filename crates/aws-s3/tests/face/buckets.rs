//! Buckets and what is configured for them.

use expect_test::expect;
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
    play(
        &Stage::new().await,
        &script,
        expect![[r#"
        > PUT /photos
        200
        location: /photos
        x-amz-bucket-arn: arn:aws:s3:::photos
        > PUT /photos
        200
        location: /photos
        x-amz-bucket-arn: arn:aws:s3:::photos
        > HEAD /photos
        200
        content-type: application/xml
        x-amz-access-point-alias: false
        x-amz-bucket-arn: arn:aws:s3:::photos
        x-amz-bucket-region: us-east-1
        > GET /photos?location
        200
        content-type: application/xml
        <LocationConstraint xmlns="…"/>
        > GET /
        200
        content-type: application/xml
        <ListAllMyBucketsResult xmlns="…">
        <Owner>
        <ID>OWNER</ID>
        </Owner>
        <Buckets>
        <Bucket>
        <Name>photos</Name>
        <CreationDate>2026-11-23T15:33:20.000Z</CreationDate>
        </Bucket>
        </Buckets>
        </ListAllMyBucketsResult>
        > PUT /photos/a || 1
        200
        etag: "c4ca4238a0b923820dcc509a6f75849b"
        x-amz-checksum-crc64nvme: I5Whw0YbvtI=
        x-amz-checksum-type: FULL_OBJECT
        x-amz-server-side-encryption: AES256
        > DELETE /photos
        409
        content-type: application/xml
        <Error>
        <Code>BucketNotEmpty</Code>
        <Message>The bucket you tried to delete is not empty</Message>
        <BucketName>photos</BucketName>
        </Error>
        > DELETE /photos/a
        204
        > DELETE /photos
        204
        > HEAD /photos
        404
        content-type: application/xml
        > GET /photos
        404
        content-type: application/xml
        <Error>
        <Code>NoSuchBucket</Code>
        <Message>The specified bucket does not exist</Message>
        <BucketName>photos</BucketName>
        </Error>
    "#]],
    )
    .await;
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
    play(
        &Stage::with_bucket().await,
        &script,
        expect![[r#"
        > GET /bkt?acl
        200
        content-type: application/xml
        <AccessControlPolicy xmlns="…">
        <Owner>
        <ID>OWNER</ID>
        </Owner>
        <AccessControlList>
        <Grant>
        <Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">
        <ID>OWNER</ID>
        </Grantee>
        <Permission>FULL_CONTROL</Permission>
        </Grant>
        </AccessControlList>
        </AccessControlPolicy>
        > GET /bkt?cors
        404
        content-type: application/xml
        <Error>
        <Code>NoSuchCORSConfiguration</Code>
        <Message>The CORS configuration does not exist</Message>
        <BucketName>bkt</BucketName>
        </Error>
        > GET /bkt?encryption
        200
        content-type: application/xml
        <ServerSideEncryptionConfiguration xmlns="…">
        <Rule>
        <ApplyServerSideEncryptionByDefault>
        <SSEAlgorithm>AES256</SSEAlgorithm>
        </ApplyServerSideEncryptionByDefault>
        <BucketKeyEnabled>false</BucketKeyEnabled>
        </Rule>
        </ServerSideEncryptionConfiguration>
        > GET /bkt?lifecycle
        404
        content-type: application/xml
        <Error>
        <Code>NoSuchLifecycleConfiguration</Code>
        <Message>The lifecycle configuration does not exist</Message>
        <BucketName>bkt</BucketName>
        </Error>
        > GET /bkt?logging
        200
        content-type: application/xml
        <BucketLoggingStatus xmlns="…"/>
        > GET /bkt?notification
        200
        content-type: application/xml
        <NotificationConfiguration xmlns="…"/>
        > GET /bkt?object-lock
        404
        content-type: application/xml
        <Error>
        <Code>ObjectLockConfigurationNotFoundError</Code>
        <Message>Object Lock configuration does not exist for this bucket</Message>
        <BucketName>bkt</BucketName>
        </Error>
        > GET /bkt?ownershipControls
        200
        content-type: application/xml
        <OwnershipControls xmlns="…">
        <Rule>
        <ObjectOwnership>BucketOwnerEnforced</ObjectOwnership>
        </Rule>
        </OwnershipControls>
        > GET /bkt?policy
        404
        content-type: application/xml
        <Error>
        <Code>NoSuchBucketPolicy</Code>
        <Message>The bucket policy does not exist</Message>
        <BucketName>bkt</BucketName>
        </Error>
        > GET /bkt?publicAccessBlock
        200
        content-type: application/xml
        <PublicAccessBlockConfiguration xmlns="…">
        <BlockPublicAcls>true</BlockPublicAcls>
        <IgnorePublicAcls>true</IgnorePublicAcls>
        <BlockPublicPolicy>true</BlockPublicPolicy>
        <RestrictPublicBuckets>true</RestrictPublicBuckets>
        </PublicAccessBlockConfiguration>
        > GET /bkt?requestPayment
        200
        content-type: application/xml
        <RequestPaymentConfiguration xmlns="…">
        <Payer>BucketOwner</Payer>
        </RequestPaymentConfiguration>
        > GET /bkt?tagging
        404
        content-type: application/xml
        <Error>
        <Code>NoSuchTagSet</Code>
        <Message>The TagSet does not exist</Message>
        <BucketName>bkt</BucketName>
        </Error>
        > GET /bkt?versioning
        200
        content-type: application/xml
        <VersioningConfiguration xmlns="…"/>
        > GET /bkt?website
        404
        content-type: application/xml
        <Error>
        <Code>NoSuchWebsiteConfiguration</Code>
        <Message>The specified bucket does not have a website configuration</Message>
        <BucketName>bkt</BucketName>
        </Error>
    "#]],
    )
    .await;
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
