//! What is told when something is wrong.

use crate::house::{House, POLICY, TRUST};

const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

async fn check(house: &House, action: &str, members: &[(&str, &str)], expected: &str) {
    assert_eq!(house.fault(action, members).await, expected, "{action} {members:?}");
}

#[tokio::test]
async fn inputs_that_do_not_keep_to_the_model() {
    let house = House::new();
    let long = "x".repeat(65);
    let trust = ("AssumeRolePolicyDocument", TRUST);
    let role = ("RoleName", "r");
    for (action, members, expected) in [
        (
            "GetRole",
            &[][..],
            "400 ValidationError: 1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null",
        ),
        (
            "GetRole",
            &[("RoleName", "")],
            "400 ValidationError: 1 validation error detected: Value '' at 'roleName' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "GetRole",
            &[("RoleName", "a/b")],
            "400 ValidationError: The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        ),
        (
            "CreateRole",
            &[role, trust, ("Path", "app")],
            "400 ValidationError: The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        ),
        (
            "CreateRole",
            &[role, trust, ("MaxSessionDuration", "60")],
            "400 ValidationError: 1 validation error detected: Value '60' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600",
        ),
        (
            "CreateRole",
            &[role, trust, ("PermissionsBoundary", BASIC)],
            "501 NotImplemented: Dayfly does not implement the member PermissionsBoundary of CreateRole.",
        ),
        (
            "CreateRole",
            &[role, trust, ("Tags.member.1.Key", "a")],
            "400 ValidationError: 1 validation error detected: Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null",
        ),
        (
            "ListRoles",
            &[("MaxItems", "0")],
            "400 ValidationError: 1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        (
            "ListPolicies",
            &[("OnlyAttached", "true")],
            "501 NotImplemented: Dayfly does not implement the member OnlyAttached of ListPolicies.",
        ),
        ("CreateUser", &[], "501 NotImplemented: Dayfly does not implement CreateUser."),
        ("GetSessionToken", &[], "501 NotImplemented: Dayfly does not implement GetSessionToken."),
        ("Nonsense", &[], "400 InvalidAction: Could not find operation Nonsense for version 2010-05-08"),
    ] {
        check(&house, action, members, expected).await;
    }
    let expected = format!(
        "400 ValidationError: 2 validation errors detected: Value '{long}' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64; Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null"
    );
    check(&house, "CreateRole", &[("RoleName", &long)], &expected).await;
}

#[tokio::test]
async fn what_is_not_there_or_there_already() {
    let house = House::new();
    house.role("r").await;
    let role = ("RoleName", "r");
    let gone = "404 NoSuchEntity: The role with name x cannot be found.";
    let unknown = ("PolicyArn", "arn:aws:iam::aws:policy/Unknown");
    for (action, members, expected) in [
        (
            "CreateRole",
            &[("RoleName", "R"), ("AssumeRolePolicyDocument", TRUST)][..],
            "409 EntityAlreadyExists: Role with name R already exists.",
        ),
        ("GetRole", &[("RoleName", "x")], gone),
        ("DeleteRole", &[("RoleName", "x")], gone),
        ("ListRolePolicies", &[("RoleName", "x")], gone),
        ("TagRole", &[("RoleName", "x")], gone),
        ("ListInstanceProfilesForRole", &[("RoleName", "x")], gone),
        ("PutRolePolicy", &[("RoleName", "x"), ("PolicyName", "p"), ("PolicyDocument", POLICY)], gone),
        ("AttachRolePolicy", &[("RoleName", "x"), ("PolicyArn", BASIC)], gone),
        (
            "GetRolePolicy",
            &[role, ("PolicyName", "p")],
            "404 NoSuchEntity: The role policy with name p cannot be found.",
        ),
        (
            "DeleteRolePolicy",
            &[role, ("PolicyName", "p")],
            "404 NoSuchEntity: The role policy with name p cannot be found.",
        ),
        (
            "AttachRolePolicy",
            &[role, unknown],
            "404 NoSuchEntity: Policy arn:aws:iam::aws:policy/Unknown does not exist or is not attachable.",
        ),
        (
            "AttachRolePolicy",
            &[role, ("PolicyArn", "not the name of anything")],
            "400 InvalidInput: ARN not the name of anything is not valid.",
        ),
        (
            "DetachRolePolicy",
            &[role, ("PolicyArn", BASIC)],
            "404 NoSuchEntity: Policy arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole was not found.",
        ),
        ("GetPolicy", &[unknown], "404 NoSuchEntity: Policy arn:aws:iam::aws:policy/Unknown was not found."),
        (
            "GetPolicyVersion",
            &[("PolicyArn", BASIC), ("VersionId", "v9")],
            "404 NoSuchEntity: Policy arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole version v9 does not exist or is not attachable.",
        ),
    ] {
        check(&house, action, members, expected).await;
    }
}

#[tokio::test]
async fn documents_that_are_no_policies() {
    let house = House::new();
    house.role("r").await;
    let role = ("RoleName", "r");
    for (action, members, expected) in [
        (
            "CreateRole",
            &[("RoleName", "n"), ("AssumeRolePolicyDocument", POLICY)][..],
            "400 MalformedPolicyDocument: Missing required field Principal",
        ),
        (
            "UpdateAssumeRolePolicy",
            &[role, ("PolicyDocument", "{")],
            "400 MalformedPolicyDocument: This policy contains invalid Json",
        ),
        (
            "PutRolePolicy",
            &[role, ("PolicyName", "p"), ("PolicyDocument", TRUST)],
            "400 MalformedPolicyDocument: Policy document should not specify a principal.",
        ),
        (
            "PutRolePolicy",
            &[role, ("PolicyName", "p"), ("PolicyDocument", "{}")],
            "400 MalformedPolicyDocument: Syntax errors in policy.",
        ),
    ] {
        check(&house, action, members, expected).await;
    }
}

#[tokio::test]
async fn more_than_there_may_be() {
    let house = House::new();
    house.role("r").await;
    let role = ("RoleName", "r");
    let resource = format!("arn:aws:s3:::{}", "b".repeat(6000));
    let large = POLICY.replace(r#""Resource":"*""#, &format!(r#""Resource":"{resource}""#));
    let put = |name| [role, ("PolicyName", name), ("PolicyDocument", large.as_str())];
    check(&house, "PutRolePolicy", &put("a"), "fine").await;
    check(&house, "PutRolePolicy", &put("a"), "fine").await;
    let expected = "409 LimitExceeded: Maximum policy size of 10240 bytes exceeded for role r";
    check(&house, "PutRolePolicy", &put("b"), expected).await;

    let sid = "s".repeat(2048);
    let trust = TRUST.replace(r#""Effect""#, &format!(r#""Sid":"{sid}","Effect""#));
    let members = [role, ("PolicyDocument", trust.as_str())];
    let expected = "409 LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048";
    check(&house, "UpdateAssumeRolePolicy", &members, expected).await;

    for (index, policy) in iam::managed_policies().take(11).enumerate() {
        let expected = if index < 10 {
            "fine"
        } else {
            "409 LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10"
        };
        check(&house, "AttachRolePolicy", &[role, ("PolicyArn", &policy.arn)], expected).await;
    }

    let names: Vec<String> = (1..=51).map(|number| format!("Tags.member.{number}.")).collect();
    let (keys, values): (Vec<String>, Vec<String>) =
        names.iter().map(|name| (format!("{name}Key"), format!("{name}Value"))).unzip();
    let pairs = keys.iter().zip(&values).zip(&names);
    let mut members = vec![role];
    members
        .extend(pairs.flat_map(|((key, value), name)| [(key.as_str(), name.as_str()), (value.as_str(), "")]));
    let expected = "409 LimitExceeded: The number of tags has reached the maximum limit.";
    check(&house, "TagRole", &members, expected).await;
}

#[tokio::test]
async fn tags_that_cannot_be() {
    let house = House::new();
    house.role("r").await;
    let role = ("RoleName", "r");
    let (key, value) = (|name| ("Tags.member.1.Key", name), ("Tags.member.1.Value", ""));
    let twice = [role, key("a"), value, ("Tags.member.2.Key", "A"), ("Tags.member.2.Value", "")];
    let expected =
        "400 InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    check(&house, "TagRole", &twice, expected).await;
    let expected = "400 InvalidInput: System tags cannot be added/updated/deleted by requester. Keys must not begin with aws:";
    check(&house, "TagRole", &[role, key("AWS:x"), value], expected).await;
}
