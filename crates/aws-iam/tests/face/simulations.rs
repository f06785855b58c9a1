//! What simulations answer.

use expect_test::{Expect, expect};

use crate::house::{House, within};

const TRUST: &str = crate::house::TRUST;
const OWN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*"},
    {"Effect":"Deny","Action":"s3:DeleteObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"x"}}}]}"#;
const BUCKET: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:role/r"},
    "Action":"s3:GetObject","Resource":"*"}}"#;
const ROLE: &str = "arn:aws:iam::000000000000:role/r";

async fn house() -> House {
    let house = House::new();
    let tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "x")];
    house
        .answer("CreateRole", &[&[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)][..], &tag].concat())
        .await;
    house.answer("PutRolePolicy", &[("RoleName", "r"), ("PolicyName", "own"), ("PolicyDocument", OWN)]).await;
    let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    house.answer("AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", basic)]).await;
    house
}

/// Each result in a line: action, resource, decision, the policies that decided.
fn lines(answer: &str) -> String {
    let mut lines = String::new();
    for result in answer.split("<EvalActionName>").skip(1) {
        let result = format!("<EvalActionName>{result}");
        let own = result.split("<ResourceSpecificResults>").next().unwrap();
        let get = |name: &str| within(own, name).unwrap_or_default();
        let ids = own.split("<SourcePolicyId>").skip(1).map(|rest| rest.split('<').next().unwrap());
        let ids = ids.collect::<Vec<_>>().join(",");
        lines +=
            &format!("{} {} {} {ids}\n", get("EvalActionName"), get("EvalResourceName"), get("EvalDecision"));
    }
    let marker = within(answer, "Marker").map(|marker| format!("more after {marker}\n"));
    lines + &marker.unwrap_or_default()
}

async fn check(members: &[(&str, &str)], expected: Expect) {
    let members = [&[("PolicySourceArn", ROLE)], members].concat();
    expected.assert_eq(&lines(&house().await.answer("SimulatePrincipalPolicy", &members).await));
}

#[tokio::test]
async fn every_action_is_decided_on_every_resource() {
    let actions = [("ActionNames.member.1", "s3:PutObject"), ("ActionNames.member.2", "s3:DeleteObject")];
    let resources =
        [("ResourceArns.member.1", "arn:aws:s3:::b/k"), ("ResourceArns.member.2", "arn:aws:s3:::c/k")];
    check(
        &[&actions[..], &resources].concat(),
        expect![[r#"
            s3:PutObject arn:aws:s3:::b/k allowed role_r_own
            s3:PutObject arn:aws:s3:::c/k implicitDeny 
            s3:DeleteObject arn:aws:s3:::b/k explicitDeny role_r_own
            s3:DeleteObject arn:aws:s3:::c/k explicitDeny role_r_own
        "#]],
    )
    .await;
    check(
        &[&actions[..], &resources, &[("MaxItems", "2"), ("Marker", "1")]].concat(),
        expect![[r#"
            s3:PutObject arn:aws:s3:::c/k implicitDeny 
            s3:DeleteObject arn:aws:s3:::b/k explicitDeny role_r_own
            more after 3
        "#]],
    )
    .await;
    check(
        &[("ActionNames.member.1", "logs:PutLogEvents")],
        expect![[r#"
            logs:PutLogEvents * allowed AWSLambdaBasicExecutionRole
        "#]],
    )
    .await;
}

#[tokio::test]
async fn policies_and_context_can_be_added() {
    let get = [("ActionNames.member.1", "s3:GetObject"), ("ResourceArns.member.1", "arn:aws:s3:::c/k")];
    check(
        &[&get[..], &[("ResourcePolicy", BUCKET)]].concat(),
        expect![[r#"
            s3:GetObject arn:aws:s3:::c/k allowed ResourcePolicy
        "#]],
    )
    .await;
    let stranger = [("ResourcePolicy", BUCKET), ("CallerArn", "arn:aws:iam::000000000000:role/other")];
    check(
        &[&get[..], &stranger].concat(),
        expect![[r#"
            s3:GetObject arn:aws:s3:::c/k implicitDeny 
        "#]],
    )
    .await;
    let elsewhere = [("ResourcePolicy", BUCKET), ("ResourceOwner", "arn:aws:iam::111111111111:root")];
    check(
        &[&get[..], &elsewhere].concat(),
        expect![[r#"
            s3:GetObject arn:aws:s3:::c/k implicitDeny 
        "#]],
    )
    .await;
    let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
        "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}}"#;
    let context = [
        ("PolicyInputList.member.1", document),
        ("ContextEntries.member.1.ContextKeyName", "aws:SourceIp"),
        ("ContextEntries.member.1.ContextKeyValues.member.1", "10.1.1.1"),
        ("ContextEntries.member.1.ContextKeyType", "ip"),
    ];
    check(
        &[&get[..], &context].concat(),
        expect![[r#"
            s3:GetObject arn:aws:s3:::c/k allowed PolicyInputList.1
        "#]],
    )
    .await;
    let custom = house().await.answer("SimulateCustomPolicy", &[&get[..], &context[..1]].concat()).await;
    assert_eq!(lines(&custom), "s3:GetObject arn:aws:s3:::c/k implicitDeny \n");
    let missing = within(&custom, "MissingContextValues");
    assert_eq!(missing.as_deref(), Some("<member>aws:sourceip</member>"));
}

#[tokio::test]
async fn what_cannot_be_simulated() {
    let house = house().await;
    let action = ("ActionNames.member.1", "s3:GetObject");
    for (members, expected) in [
        (&[action][..], "400 ValidationError: 1 validation error detected: Value null at 'policySourceArn'"),
        (
            &[("PolicySourceArn", ROLE)],
            "400 ValidationError: 1 validation error detected: Value null at 'actionNames'",
        ),
        (
            &[action, ("PolicySourceArn", "arn:aws:iam::000000000000:role/none")],
            "404 NoSuchEntity: The role with name none cannot be found.",
        ),
        (
            &[action, ("PolicySourceArn", "arn:aws:iam::111111111111:role/r")],
            "404 NoSuchEntity: The role with name r cannot be found.",
        ),
        (
            &[action, ("PolicySourceArn", "arn:aws:iam::000000000000:user/bob")],
            "404 NoSuchEntity: The user with name bob cannot be found.",
        ),
        (
            &[action, ("PolicySourceArn", "arn:aws:iam::000000000000:root")],
            "400 InvalidInput: Invalid Entity Arn: arn:aws:iam::000000000000:root does not clearly define",
        ),
        (
            &[("ActionNames.member.1", "s3:*"), ("PolicySourceArn", ROLE)],
            "400 InvalidInput: Invalid action name: s3:*",
        ),
        (
            &[action, ("PolicySourceArn", ROLE), ("ResourceArns.member.1", "b/k")],
            "400 InvalidInput: Invalid resource ARN: b/k",
        ),
        (
            &[action, ("PolicySourceArn", ROLE), ("PolicyInputList.member.1", "{")],
            "400 InvalidInput: This policy contains invalid Json",
        ),
        (&[action, ("PolicySourceArn", ROLE), ("Marker", "x")], "400 ValidationError: Invalid Marker."),
        (
            &[action, ("PolicySourceArn", ROLE), ("ResourceHandlingOption", "EC2-VPC-EBS")],
            "501 NotImplemented: Dayfly does not implement the member ResourceHandlingOption",
        ),
    ] {
        let told = house.fault("SimulatePrincipalPolicy", members).await;
        assert!(told.starts_with(expected), "{told}\n  is not\n{expected}");
    }
}
