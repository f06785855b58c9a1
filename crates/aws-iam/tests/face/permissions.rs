//! What each operation asks permission for.

use crate::house::{House, POLICY, TRUST};

#[tokio::test]
async fn every_operation_asks_for_its_action_on_its_resource() {
    let house = House::new();
    let members = [("RoleName", "Worker"), ("Path", "/app/"), ("AssumeRolePolicyDocument", TRUST)];
    house.answer("CreateRole", &members).await;
    house.asked();
    // Asked by another spelling of its name, the role is still the one that policies speak of.
    let role = ("RoleName", "worker");
    let worker = "arn:aws:iam::000000000000:role/app/Worker";
    let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    let (own, document, arn) = (("PolicyName", "p"), ("PolicyDocument", POLICY), ("PolicyArn", basic));
    for (action, members, resource) in [
        ("GetRole", &[role][..], worker),
        ("GetRole", &[("RoleName", "none")], "arn:aws:iam::000000000000:role/none"),
        ("UpdateRole", &[role], worker),
        ("UpdateAssumeRolePolicy", &[role, ("PolicyDocument", TRUST)], worker),
        ("PutRolePolicy", &[role, own, document], worker),
        ("GetRolePolicy", &[role, own], worker),
        ("ListRolePolicies", &[role], worker),
        ("DeleteRolePolicy", &[role, own], worker),
        ("AttachRolePolicy", &[role, arn], worker),
        ("ListAttachedRolePolicies", &[role], worker),
        ("DetachRolePolicy", &[role, arn], worker),
        ("TagRole", &[role], worker),
        ("UntagRole", &[role], worker),
        ("ListRoleTags", &[role], worker),
        ("ListInstanceProfilesForRole", &[role], worker),
        (
            "SimulatePrincipalPolicy",
            &[("PolicySourceArn", worker), ("ActionNames.member.1", "s3:Get")],
            worker,
        ),
        (
            "SimulateCustomPolicy",
            &[("PolicyInputList.member.1", POLICY), ("ActionNames.member.1", "s3:Get")],
            "*",
        ),
        ("ListRoles", &[], "arn:aws:iam::000000000000:role/"),
        ("GetPolicy", &[arn], basic),
        ("GetPolicyVersion", &[arn, ("VersionId", "v1")], basic),
        ("ListPolicies", &[], "*"),
        ("DeleteRole", &[role], worker),
    ] {
        house.answer(action, members).await;
        let asked = house.asked();
        let [asked] = asked.as_slice() else { panic!("{action} asks once: {asked:?}") };
        assert_eq!((asked.action, asked.resource.as_str()), (&*format!("iam:{action}"), resource));
    }
    house.answer("GetCallerIdentity", &[]).await;
    assert_eq!(house.asked(), []);
}

#[tokio::test]
async fn conditions_can_ask_for_tags_and_policies() {
    let house = House::new();
    let tags = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "x")];
    let role = ("RoleName", "r");
    house.answer("CreateRole", &[&[role, ("AssumeRolePolicyDocument", TRUST)][..], &tags].concat()).await;
    let asked = house.asked();
    let actions: Vec<&str> = asked.iter().map(|permission| permission.action).collect();
    assert_eq!(actions, ["iam:CreateRole", "iam:TagRole"]);
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(asked[0].context, [pair("aws:RequestTag/team", "x"), pair("aws:TagKeys", "team")]);
    let arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
    house.answer("AttachRolePolicy", &[role, ("PolicyArn", arn)]).await;
    assert_eq!(house.asked()[0].context, [pair("aws:ResourceTag/team", "x"), pair("iam:PolicyARN", arn)]);
}
