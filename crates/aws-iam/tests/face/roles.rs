//! The life of a role, as its owner sees it.

use expect_test::expect;

use crate::house::{House, POLICY, TRUST, readable, within};

const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

#[tokio::test]
async fn a_role_is_made_and_told() {
    let house = House::new();
    let members = [
        ("RoleName", "worker"),
        ("Path", "/app/"),
        ("AssumeRolePolicyDocument", TRUST),
        ("Description", "a < b"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "x y"),
    ];
    let created = house.answer("CreateRole", &members).await;
    expect![[r#"
        200 <CreateRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
        <CreateRoleResult>
        <Role>
        <Path>/app/</Path>
        <RoleName>worker</RoleName>
        <RoleId>AROA…</RoleId>
        <Arn>arn:aws:iam::000000000000:role/app/worker</Arn>
        <CreateDate>2026-11-23T15:33:20Z</CreateDate>
        <AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%2C%22AWS%22%3A%22000000000000%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D</AssumeRolePolicyDocument>
        <Description>a &lt; b</Description>
        <MaxSessionDuration>3600</MaxSessionDuration>
        <Tags>
        <member>
        <Key>team</Key>
        <Value>x y</Value>
        </member>
        </Tags>
        </Role>
        </CreateRoleResult>
        <ResponseMetadata>
        <RequestId>07070707-0707-4707-8707-070707070707</RequestId>
        </ResponseMetadata>
        </CreateRoleResponse>
    "#]]
    .assert_eq(&readable(&created));
    let told = house.answer("GetRole", &[("RoleName", "worker")]).await;
    let used = format!("{}<RoleLastUsed></RoleLastUsed>", within(&created, "Role").unwrap());
    assert_eq!(within(&told, "Role"), Some(used));
}

#[tokio::test]
async fn an_update_answers_an_empty_result_and_a_change_none() {
    let house = House::new();
    house.role("r").await;
    let updated = house.answer("UpdateRole", &[("RoleName", "r"), ("MaxSessionDuration", "7200")]).await;
    assert!(updated.contains("<UpdateRoleResult></UpdateRoleResult>"), "{updated}");
    let trusted =
        house.answer("UpdateAssumeRolePolicy", &[("RoleName", "r"), ("PolicyDocument", TRUST)]).await;
    assert!(!trusted.contains("Result"), "{trusted}");
    let told = house.answer("GetRole", &[("RoleName", "r")]).await;
    assert_eq!(within(&told, "MaxSessionDuration").unwrap(), "7200");
    house.answer("UpdateRole", &[("RoleName", "r"), ("Description", "new")]).await;
    let told = house.answer("GetRole", &[("RoleName", "r")]).await;
    assert_eq!(within(&told, "MaxSessionDuration").unwrap(), "7200");
    assert_eq!(within(&told, "Description").unwrap(), "new");
}

#[tokio::test]
async fn policies_come_and_go() {
    let house = House::new();
    house.role("r").await;
    let role = ("RoleName", "r");
    let own = [role, ("PolicyName", "own"), ("PolicyDocument", POLICY)];
    assert_eq!(house.fault("PutRolePolicy", &own).await, "fine");
    for _ in 0..2 {
        assert_eq!(house.fault("AttachRolePolicy", &[role, ("PolicyArn", BASIC)]).await, "fine");
    }
    expect![[r#"
        200 <GetRolePolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
        <GetRolePolicyResult>
        <RoleName>r</RoleName>
        <PolicyName>own</PolicyName>
        <PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D</PolicyDocument>
        </GetRolePolicyResult>
        <ResponseMetadata>
        <RequestId>07070707-0707-4707-8707-070707070707</RequestId>
        </ResponseMetadata>
        </GetRolePolicyResponse>
    "#]]
    .assert_eq(&readable(&house.answer("GetRolePolicy", &own[..2]).await));
    let names = house.answer("ListRolePolicies", &[role]).await;
    assert_eq!(within(&names, "PolicyNames").unwrap(), "<member>own</member>");
    let attached = house.answer("ListAttachedRolePolicies", &[role]).await;
    assert_eq!(
        within(&attached, "AttachedPolicies").unwrap(),
        format!(
            "<member><PolicyName>AWSLambdaBasicExecutionRole</PolicyName><PolicyArn>{BASIC}</PolicyArn></member>"
        )
    );
    let elsewhere = house.answer("ListAttachedRolePolicies", &[role, ("PathPrefix", "/app/")]).await;
    assert_eq!(within(&elsewhere, "AttachedPolicies").unwrap(), "");
    let profiles = house.answer("ListInstanceProfilesForRole", &[role]).await;
    assert_eq!(within(&profiles, "InstanceProfiles").unwrap(), "");

    let refused = house.fault("DeleteRole", &[role]).await;
    assert_eq!(refused, "409 DeleteConflict: Cannot delete entity, must detach all policies first.");
    assert_eq!(house.fault("DetachRolePolicy", &[role, ("PolicyArn", BASIC)]).await, "fine");
    let refused = house.fault("DeleteRole", &[role]).await;
    assert_eq!(refused, "409 DeleteConflict: Cannot delete entity, must delete policies first.");
    assert_eq!(house.fault("DeleteRolePolicy", &own[..2]).await, "fine");
    assert_eq!(house.fault("DeleteRole", &[role]).await, "fine");
    let gone = house.fault("GetRole", &[role]).await;
    assert_eq!(gone, "404 NoSuchEntity: The role with name r cannot be found.");
}

#[tokio::test]
async fn roles_are_listed_page_by_page_and_by_path() {
    let house = House::new();
    for (name, path) in [("a", "/"), ("B", "/app/"), ("c", "/app/x/"), ("d", "/")] {
        let members = [("RoleName", name), ("Path", path), ("AssumeRolePolicyDocument", TRUST)];
        assert_eq!(house.fault("CreateRole", &members).await, "fine");
    }
    let names = |answer: &str| {
        let pieces = answer.split("<RoleName>").skip(1);
        pieces.map(|piece| piece.split('<').next().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    for (members, expected, marker) in [
        (&[][..], "a B c d", None),
        (&[("MaxItems", "3")], "a B c", Some("c")),
        (&[("MaxItems", "3"), ("Marker", "c")], "d", None),
        (&[("PathPrefix", "/app/")], "B c", None),
        (&[("PathPrefix", "/app/"), ("MaxItems", "1")], "B", Some("B")),
        (&[("PathPrefix", "/app/"), ("MaxItems", "1"), ("Marker", "B")], "c", None),
        (&[("PathPrefix", "/none/")], "", None),
    ] {
        let answer = house.answer("ListRoles", members).await;
        assert_eq!((names(&answer).as_str(), within(&answer, "Marker").as_deref()), (expected, marker));
        let truncated = if marker.is_some() { "true" } else { "false" };
        assert_eq!(within(&answer, "IsTruncated").unwrap(), truncated);
    }
}

#[tokio::test]
async fn tags_are_given_and_taken() {
    let house = House::new();
    house.role("r").await;
    let role = ("RoleName", "r");
    let tags = [
        role,
        ("Tags.member.1.Key", "b"),
        ("Tags.member.1.Value", "1"),
        ("Tags.member.2.Key", "a"),
        ("Tags.member.2.Value", ""),
    ];
    assert_eq!(house.fault("TagRole", &tags).await, "fine");
    let again = [role, ("Tags.member.1.Key", "B"), ("Tags.member.1.Value", "2")];
    assert_eq!(house.fault("TagRole", &again).await, "fine");
    let told = house.answer("ListRoleTags", &[role]).await;
    assert_eq!(
        within(&told, "Tags").unwrap(),
        "<member><Key>B</Key><Value>2</Value></member><member><Key>a</Key><Value></Value></member>"
    );
    let taken = [role, ("TagKeys.member.1", "b"), ("TagKeys.member.2", "zzz")];
    assert_eq!(house.fault("UntagRole", &taken).await, "fine");
    let told = house.answer("ListRoleTags", &[role]).await;
    assert_eq!(within(&told, "Tags").unwrap(), "<member><Key>a</Key><Value></Value></member>");
}

#[tokio::test]
async fn managed_policies_can_be_read() {
    let house = House::new();
    house.role("r").await;
    assert_eq!(house.fault("AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", BASIC)]).await, "fine");
    let told = house.answer("GetPolicy", &[("PolicyArn", BASIC)]).await;
    assert_eq!(within(&told, "DefaultVersionId").unwrap(), "v1");
    assert_eq!(within(&told, "AttachmentCount").unwrap(), "1");
    let told = house.answer("GetPolicyVersion", &[("PolicyArn", BASIC), ("VersionId", "v1")]).await;
    assert!(within(&told, "Document").unwrap().contains("logs%3APutLogEvents"), "{told}");
    let some = house.answer("ListPolicies", &[("PathPrefix", "/service-role/"), ("MaxItems", "2")]).await;
    assert_eq!((some.matches("<Arn>").count(), within(&some, "IsTruncated").unwrap().as_str()), (2, "true"));
    let own = house.answer("ListPolicies", &[("Scope", "Local")]).await;
    assert_eq!(own.matches("<Arn>").count(), 0);
}
