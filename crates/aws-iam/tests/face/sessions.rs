//! STS: who somebody is, and who may become whom.

use std::time::Duration;

use expect_test::expect;
use model::{AccountId, Caller, Identity};

use crate::house::{House, POLICY, readable, within};

const ROLE: (&str, &str) = ("RoleArn", "arn:aws:iam::000000000000:role/r");
const NAME: (&str, &str) = ("RoleSessionName", "run");

#[tokio::test]
async fn everybody_is_told_who_they_are() {
    let house = House::new();
    expect![[r#"
        200 <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <GetCallerIdentityResult>
        <UserId>000000000000</UserId>
        <Account>000000000000</Account>
        <Arn>arn:aws:iam::000000000000:root</Arn>
        </GetCallerIdentityResult>
        <ResponseMetadata>
        <RequestId>07070707-0707-4707-8707-070707070707</RequestId>
        </ResponseMetadata>
        </GetCallerIdentityResponse>
    "#]]
    .assert_eq(&readable(&house.answer("GetCallerIdentity", &[]).await));
    let nobody = Caller { account: AccountId::default_account(), identity: Identity::Anonymous };
    let refused = house.answer_to(nobody, "GetCallerIdentity", &[]).await;
    assert_eq!(within(&refused, "Code").unwrap(), "AccessDenied");
}

#[tokio::test]
async fn a_role_is_assumed() {
    let house = House::new();
    house.role("r").await;
    let answer =
        house.answer("AssumeRole", &[ROLE, NAME, ("DurationSeconds", "900"), ("Policy", POLICY)]).await;
    assert_eq!(within(&answer, "Expiration").unwrap(), "2026-11-23T15:48:20Z");
    assert_eq!(within(&answer, "Arn").unwrap(), "arn:aws:sts::000000000000:assumed-role/r/run");
    assert_eq!(within(&answer, "PackedPolicySize").unwrap(), "5");
    let id = within(&answer, "AssumedRoleId").unwrap();
    assert!(id.starts_with("AROA") && id.ends_with(":run"), "{id}");

    let key = within(&answer, "AccessKeyId").unwrap();
    let known = house.iam.credential(&key).await.unwrap().unwrap();
    assert_eq!(Some(known.secret), within(&answer, "SecretAccessKey"));
    assert_eq!(known.session_token, within(&answer, "SessionToken"));
    let is = house.answer_to(known.caller.clone(), "GetCallerIdentity", &[]).await;
    assert_eq!(within(&is, "UserId").unwrap(), id);
    assert_eq!(within(&is, "Arn"), within(&answer, "Arn"));

    // The session's own policy does not let it assume anything, and the role has none.
    let chained = house.answer_to(known.caller.clone(), "AssumeRole", &[ROLE, NAME]).await;
    assert_eq!(
        within(&chained, "Message").unwrap(),
        "User: arn:aws:sts::000000000000:assumed-role/r/run is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/r"
    );
    let long = house.answer_to(known.caller, "AssumeRole", &[ROLE, NAME, ("DurationSeconds", "3601")]).await;
    assert_eq!(
        within(&long, "Message").unwrap(),
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    );
    house.clock.advance(Duration::from_secs(901));
    let expired = house.iam.credential(&key).await.unwrap().unwrap();
    assert!(expired.expires.unwrap() < house.clock.now());
}

#[tokio::test]
async fn who_cannot_assume_is_told_why() {
    let house = House::new();
    house.role("r").await;
    let large = POLICY.replace("s3:*", &format!("s3:{}", "x".repeat(2048)));
    for (members, expected) in [
        (
            &[ROLE][..],
            "400 ValidationError: 1 validation error detected: Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null",
        ),
        (
            &[ROLE, ("RoleSessionName", "a b")],
            "400 ValidationError: 1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
        ),
        (
            &[ROLE, NAME, ("DurationSeconds", "60")],
            "400 ValidationError: 1 validation error detected: Value '60' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
        ),
        (
            &[ROLE, NAME, ("DurationSeconds", "7200")],
            "400 ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ),
        (&[("RoleArn", "this is no arn at all"), NAME], "400 ValidationError: Request ARN is invalid"),
        (
            &[("RoleArn", "arn:aws:iam::000000000000:role/x"), NAME],
            "403 AccessDenied: User: arn:aws:iam::000000000000:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/x",
        ),
        (&[ROLE, NAME, ("Policy", "{}")], "400 MalformedPolicyDocument: Syntax errors in policy."),
        (
            &[ROLE, NAME, ("Policy", &large)],
            "400 PackedPolicyTooLarge: Packed size consumes 105% of allotted space, suggest smaller policy",
        ),
        (
            &[ROLE, NAME, ("SourceIdentity", "me")],
            "501 NotImplemented: Dayfly does not implement the member SourceIdentity of AssumeRole.",
        ),
        (
            &[ROLE, NAME, ("Tags.member.1.Key", "a")],
            "501 NotImplemented: Dayfly does not implement the member Tags of AssumeRole.",
        ),
    ] {
        assert_eq!(house.fault("AssumeRole", members).await, expected, "{members:?}");
    }
}
