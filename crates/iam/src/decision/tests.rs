//! Tables of decisions: who, with which policies, asking for what, is told what.

use std::sync::Arc;

use model::{AccountId, Arn, Caller, Identity, Permission, Region, Time};

use super::*;
use crate::context::{Keys, RequestContext};
use crate::policy::Kind;

const HOME: &str = "000000000000";
const AWAY: &str = "111111111111";

fn caller(who: &str) -> Caller {
    let account = |text: &str| text.parse::<AccountId>().unwrap();
    let identity = match who {
        "root" | "foreign root" => Identity::Root,
        "s3" => Identity::Service { name: "s3.amazonaws.com".to_owned() },
        "nobody" => Identity::Anonymous,
        _ => Identity::Session {
            role: Arn::new("iam", "", HOME, "role/app/worker"),
            role_name: "worker".to_owned(),
            role_id: "AROAWORKER".to_owned(),
            session_name: "run".to_owned(),
            policy: None::<Arc<str>>,
        },
    };
    Caller { account: account(if who == "foreign root" { AWAY } else { HOME }), identity }
}

/// A policy of statements in short: `Allow s3:* on arn:aws:s3:::b/*`, several by `;`. `who` is spelled as JSON.
fn policy(short: &str, kind: Kind) -> Policy {
    let statement = |text: &str| {
        let mut words = text.split_whitespace();
        let mut word = || words.next().unwrap_or_default();
        let (effect, action, _, resource) = (word(), word(), word(), word());
        let rest: Vec<&str> = words.collect();
        let rest = if rest.is_empty() { String::new() } else { format!(",{}", rest.join(" ")) };
        let resource = match kind {
            Kind::Trust => String::new(),
            _ => format!(r#","Resource":"{resource}""#),
        };
        format!(r#"{{"Effect":"{effect}","Action":"{action}"{resource}{rest}}}"#)
    };
    let statements: Vec<String> = short.split(';').map(|text| statement(text.trim())).collect();
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    Policy::read(&text, kind).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Asks whether the caller may do the action on an object of the owner.
fn asking<T>(who: &str, action: &'static str, owner: &AccountId, ask: impl FnOnce(&Question<'_>) -> T) -> T {
    let caller = caller(who);
    let permission =
        Permission::new(action, "arn:aws:s3:::b/k").with_context("aws:SourceArn", "arn:aws:s3:::b");
    let request = RequestContext::internal(Time::from_millis(1_795_448_000_000), Region::default());
    let keys = Keys {
        caller: &caller,
        request: &request,
        permission: &permission,
        resource_account: owner,
        tags: &[],
    };
    ask(&Question { action, resource: &permission.resource, caller: &caller, keys: &keys })
}

struct Case {
    who: &'static str,
    identity: &'static str,
    session: &'static str,
    resource: &'static str,
    owner: &'static str,
    rule: ResourceRule,
}

const CASE: Case =
    Case { who: "role", identity: "", session: "", resource: "", owner: HOME, rule: ResourceRule::Suffices };

/// What `case` is told when it asks to get the object `b/k`, in one word.
fn told(case: &Case) -> &'static str {
    let read = |short: &str, kind| (!short.is_empty()).then(|| policy(short, kind));
    let identity = read(case.identity, Kind::Identity);
    let session = read(case.session, Kind::Identity);
    let kind = if case.rule == ResourceRule::IsNeeded { Kind::Trust } else { Kind::Resource };
    let resource = read(case.resource, kind);
    let owner: AccountId = case.owner.parse().unwrap();
    let action = if kind == Kind::Trust { "sts:AssumeRole" } else { "s3:GetObject" };
    let identity: Vec<&Policy> = identity.iter().collect();
    let known = Known {
        identity: &identity,
        session: session.as_ref(),
        resource: resource.as_ref(),
        resource_account: &owner,
        rule: case.rule,
    };
    match asking(case.who, action, &owner, |question| decide(question, &known)) {
        Decision::Allowed => "yes",
        Decision::Denied(DenialReason::Explicit(PolicyKind::Identity)) => "identity denies",
        Decision::Denied(DenialReason::Explicit(PolicyKind::Resource)) => "resource denies",
        Decision::Denied(DenialReason::Explicit(PolicyKind::Session)) => "session denies",
        Decision::Denied(DenialReason::NothingAllows(PolicyKind::Identity)) => "no identity",
        Decision::Denied(DenialReason::NothingAllows(PolicyKind::Resource)) => "no resource",
        Decision::Denied(DenialReason::NothingAllows(PolicyKind::Session)) => "no session",
    }
}

#[test]
fn policies_of_identities() {
    for (identity, expected) in [
        ("", "no identity"),
        ("Allow s3:GetObject on arn:aws:s3:::b/k", "yes"),
        ("Allow S3:getobject on arn:aws:s3:::b/k", "yes"),
        ("Allow s3:GetObject on arn:aws:s3:::B/k", "no identity"),
        ("Allow s3:Get* on arn:aws:s3:::b/?", "yes"),
        ("Allow s3:GetObjec on *", "no identity"),
        ("Allow * on *", "yes"),
        ("Allow s3:PutObject on *", "no identity"),
        ("Allow * on *; Deny s3:GetObject on arn:aws:s3:::b/*", "identity denies"),
        ("Deny s3:GetObject on *; Allow * on *", "identity denies"),
        ("Allow * on *; Deny s3:PutObject on *", "yes"),
        (r#"Allow s3:* on * "Condition":{"StringEquals":{"aws:PrincipalAccount":"000000000000"}}"#, "yes"),
        (
            r#"Allow s3:* on * "Condition":{"StringEquals":{"aws:PrincipalAccount":"111111111111"}}"#,
            "no identity",
        ),
        (
            r#"Allow s3:* on * "Condition":{"Bool":{"aws:SecureTransport":"true"},"StringLike":{"aws:userid":"*:run"}}"#,
            "yes",
        ),
        (
            r#"Allow s3:* on * "Condition":{"Bool":{"aws:SecureTransport":"true"},"StringLike":{"aws:userid":"*:x"}}"#,
            "no identity",
        ),
        (r#"Allow s3:* on * "Condition":{"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}}"#, "yes"),
        (
            r#"Allow * on *; Deny s3:* on * "Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
            "identity denies",
        ),
        (r#"Allow s3:* on * "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, "no identity"),
        (r#"Allow s3:* on arn:aws:s3:::b/${aws:username}"#, "no identity"),
        (r#"Allow s3:* on arn:aws:s3:::b/${aws:username,'k'}"#, "yes"),
    ] {
        assert_eq!(told(&Case { identity, ..CASE }), expected, "{identity}");
    }
}

#[test]
fn the_negated_elements() {
    let with = |statement: &str| {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{{{statement}}}}}"#);
        let policy = Policy::read(&text, Kind::Identity).unwrap();
        let owner = AccountId::default_account();
        let verdict = asking("role", "s3:GetObject", &owner, |question| policy.judge(question));
        (verdict.allowed.is_some(), verdict.denied)
    };
    for (statement, allowed, denied) in [
        (r#""Effect":"Allow","NotAction":"iam:*","Resource":"*""#, true, false),
        (r#""Effect":"Allow","NotAction":["iam:*","s3:Get*"],"Resource":"*""#, false, false),
        (r#""Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::c/*""#, true, false),
        (r#""Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b/*""#, false, false),
        (r#""Effect":"Deny","NotAction":"iam:*","Resource":"*""#, false, true),
        (r#""Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::b/*""#, false, false),
        // What a variable without a value leaves open is decided against the caller.
        (r#""Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::${aws:username}/*""#, false, false),
        (r#""Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::${aws:username}/*""#, false, true),
    ] {
        assert_eq!(with(statement), (allowed, denied), "{statement}");
    }
}

#[test]
fn resource_policies_within_an_account() {
    let account = r#""Principal":{"AWS":"arn:aws:iam::000000000000:root"}"#;
    let role = r#""Principal":{"AWS":"arn:aws:iam::000000000000:role/app/worker"}"#;
    for (who, identity, resource, expected) in [
        ("role", "", format!("Allow s3:* on * {role}"), "yes"),
        ("role", "", r#"Allow s3:* on * "Principal":"*""#.to_owned(), "yes"),
        ("role", "", r#"Allow s3:* on * "Principal":{"AWS":"AROAWORKER"}"#.to_owned(), "yes"),
        (
            "role",
            "",
            r#"Allow s3:* on * "Principal":{"AWS":"arn:aws:iam::000000000000:role/worker"}"#.to_owned(),
            "no identity",
        ),
        (
            "role",
            "",
            r#"Allow s3:* on * "Principal":{"AWS":"arn:aws:sts::000000000000:assumed-role/worker/run"}"#
                .to_owned(),
            "yes",
        ),
        (
            "role",
            "",
            r#"Allow s3:* on * "Principal":{"AWS":"arn:aws:sts::000000000000:assumed-role/worker/x"}"#
                .to_owned(),
            "no identity",
        ),
        // The account says by its own policies which of its roles may.
        ("role", "", format!("Allow s3:* on * {account}"), "no identity"),
        ("role", "Allow s3:* on *", format!("Allow s3:* on * {account}"), "yes"),
        ("role", "Allow s3:* on *", format!("Deny s3:* on * {account}"), "resource denies"),
        ("role", "Allow s3:* on *", format!("Deny s3:* on * {role}"), "resource denies"),
        (
            "role",
            "Allow s3:* on *",
            format!(r#"Deny s3:* on * {}"#, role.replace("Principal", "NotPrincipal")),
            "yes",
        ),
        (
            "role",
            "Allow s3:* on *",
            r#"Deny s3:* on * "NotPrincipal":{"AWS":"111111111111"}"#.to_owned(),
            "resource denies",
        ),
        ("role", "Deny s3:* on *", format!("Allow s3:* on * {role}"), "identity denies"),
        ("root", "", String::new(), "yes"),
        ("root", "", r#"Deny s3:* on * "Principal":"*""#.to_owned(), "resource denies"),
        ("root", "", format!("Deny s3:* on * {account}"), "resource denies"),
        ("root", "", format!("Deny s3:* on * {role}"), "yes"),
        ("nobody", "", String::new(), "no resource"),
        ("nobody", "", r#"Allow s3:GetObject on arn:aws:s3:::b/* "Principal":"*""#.to_owned(), "yes"),
        ("nobody", "", r#"Allow s3:GetObject on arn:aws:s3:::b/* "Principal":{"AWS":"*"}"#.to_owned(), "yes"),
        ("nobody", "", format!("Allow s3:GetObject on * {account}"), "no resource"),
        (
            "nobody",
            "",
            r#"Allow s3:* on * "Principal":"*"; Deny s3:* on * "Principal":"*""#.to_owned(),
            "resource denies",
        ),
    ] {
        let case = Case {
            who,
            identity,
            // Tables outlive the test.
            resource: Box::leak(resource.into_boxed_str()),
            ..CASE
        };
        assert_eq!(told(&case), expected, "{who} {identity} {}", case.resource);
    }
}

#[test]
fn across_accounts_both_have_to_allow() {
    let allows_home = r#"Allow s3:* on * "Principal":{"AWS":"000000000000"}"#;
    let allows_role = r#"Allow s3:* on * "Principal":{"AWS":"arn:aws:iam::000000000000:role/app/worker"}"#;
    for (who, identity, resource, expected) in [
        ("role", "Allow s3:* on *", "", "no resource"),
        ("role", "Allow s3:* on *", allows_home, "yes"),
        ("role", "", allows_home, "no identity"),
        ("role", "", allows_role, "no identity"),
        ("role", "Allow s3:* on *", allows_role, "yes"),
        ("root", "", "", "no resource"),
        ("root", "", allows_home, "yes"),
        ("root", "", r#"Allow s3:* on * "Principal":{"AWS":"111111111111"}"#, "no resource"),
        ("nobody", "", r#"Allow s3:* on * "Principal":"*""#, "yes"),
    ] {
        assert_eq!(
            told(&Case { who, identity, resource, owner: AWAY, ..CASE }),
            expected,
            "{who} {resource}"
        );
    }
    assert_eq!(told(&Case { who: "foreign root", ..CASE }), "no resource");
}

#[test]
fn a_sessions_own_policy_narrows() {
    let to_session =
        r#"Allow s3:* on * "Principal":{"AWS":"arn:aws:sts::000000000000:assumed-role/worker/run"}"#;
    let to_role = r#"Allow s3:* on * "Principal":{"AWS":"arn:aws:iam::000000000000:role/app/worker"}"#;
    for (identity, session, resource, expected) in [
        ("Allow s3:* on *", "Allow s3:GetObject on *", "", "yes"),
        ("Allow s3:* on *", "Allow s3:PutObject on *", "", "no session"),
        ("Allow s3:PutObject on *", "Allow s3:* on *", "", "no identity"),
        ("Allow s3:* on *", "Allow * on *; Deny s3:GetObject on *", "", "session denies"),
        ("", "Allow s3:PutObject on *", to_role, "no session"),
        ("", "Allow s3:PutObject on *", to_session, "yes"),
    ] {
        let case = Case { identity, session, resource, ..CASE };
        assert_eq!(told(&case), expected, "{identity} {session} {resource}");
    }
}

#[test]
fn services_need_the_resource_to_name_them() {
    let named = r#"Allow s3:* on * "Principal":{"Service":"s3.amazonaws.com"}"#;
    for (resource, expected) in [
        ("", "no resource"),
        (named, "yes"),
        (r#"Allow s3:* on * "Principal":"*""#, "yes"),
        (r#"Allow s3:* on * "Principal":{"AWS":"*"}"#, "no resource"),
        (r#"Allow s3:* on * "Principal":{"Service":"sns.amazonaws.com"}"#, "no resource"),
        (r#"Allow s3:* on * "Principal":{"Service":"s3.us-east-1.amazonaws.com"}"#, "yes"),
        (
            r#"Allow s3:* on * "Principal":{"Service":"s3.amazonaws.com"},"Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}"#,
            "yes",
        ),
        (
            r#"Allow s3:* on * "Principal":{"Service":"s3.amazonaws.com"},"Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::c"}}"#,
            "no resource",
        ),
        (
            r#"Allow s3:* on * "Principal":{"Service":"s3.amazonaws.com"},"Condition":{"StringEquals":{"AWS:SourceAccount":"000000000000"}}"#,
            "no resource",
        ),
    ] {
        assert_eq!(told(&Case { who: "s3", resource, ..CASE }), expected, "{resource}");
    }
}

#[test]
fn a_trust_policy_is_needed() {
    let account = r#"Allow sts:AssumeRole on * "Principal":{"AWS":"000000000000"}"#;
    let role = r#"Allow sts:AssumeRole on * "Principal":{"AWS":"arn:aws:iam::000000000000:role/app/worker"}"#;
    for (who, identity, resource, expected) in [
        ("role", "Allow * on *", "", "no resource"),
        ("role", "", account, "no identity"),
        ("role", "Allow sts:* on *", account, "yes"),
        ("role", "", role, "yes"),
        ("root", "", account, "yes"),
        ("root", "", role, "no resource"),
        ("s3", "", r#"Allow sts:AssumeRole on * "Principal":{"Service":"s3.amazonaws.com"}"#, "yes"),
        ("s3", "", account, "no resource"),
    ] {
        let case = Case { who, identity, resource, rule: ResourceRule::IsNeeded, ..CASE };
        assert_eq!(told(&case), expected, "{who} {identity} {resource}");
    }
}

#[test]
fn a_policy_that_cannot_be_read_denies() {
    let broken = Policy::read_kept(r#"{"Statement":{"Effect":"Deny","Action":"s3:*"}}"#, Kind::Resource);
    let owner = AccountId::default_account();
    assert!(asking("root", "s3:GetObject", &owner, |question| broken.judge(question)).denied);
}

#[test]
fn the_owner_gets_at_a_policy_that_locks_everybody_out() {
    let locked = policy(r#"Deny s3:* on * "Principal":"*""#, Kind::Resource);
    let owner = AccountId::default_account();
    let known = Known {
        identity: &[],
        session: None,
        resource: Some(&locked),
        resource_account: &owner,
        rule: ResourceRule::Suffices,
    };
    for (who, action, may) in [
        ("root", "s3:DeleteBucketPolicy", true),
        ("root", "s3:PutBucketPolicy", true),
        ("root", "s3:GetBucketPolicy", true),
        ("root", "s3:DeleteBucket", false),
        ("role", "s3:DeleteBucketPolicy", false),
        ("foreign root", "s3:DeleteBucketPolicy", false),
    ] {
        let decision = asking(who, action, &owner, |question| decide(question, &known));
        assert_eq!(decision == Decision::Allowed, may, "{who} {action}");
    }
}

#[test]
fn a_denial_is_worded_as_aws_words_it() {
    use DenialReason::{Explicit, NothingAllows};
    use PolicyKind::{Identity, Resource, Session};
    let worker =
        "User: arn:aws:sts::000000000000:assumed-role/worker/run is not authorized to perform: s3:GetObject";
    let on = r#"on resource: "arn:aws:s3:::b/k""#;
    for (reason, expected) in [
        (NothingAllows(Identity), "because no identity-based policy allows the s3:GetObject action"),
        (NothingAllows(Resource), "because no resource-based policy allows the s3:GetObject action"),
        (NothingAllows(Session), "because no session policy allows the s3:GetObject action"),
        (Explicit(Identity), "with an explicit deny in an identity-based policy"),
        (Explicit(Resource), "with an explicit deny in a resource-based policy"),
        (Explicit(Session), "with an explicit deny in a session policy"),
    ] {
        let told = refusal(&caller("role"), "s3:GetObject", "arn:aws:s3:::b/k", reason);
        assert_eq!(told, format!("{worker} {on} {expected}"));
    }
    let list = refusal(&caller("role"), "lambda:ListFunctions", "*", NothingAllows(Identity));
    assert!(list.contains("lambda:ListFunctions on resource: * because no identity-based policy"), "{list}");
    let nobody = refusal(&caller("nobody"), "s3:ListAllMyBuckets", "*", NothingAllows(Resource));
    assert_eq!(
        nobody,
        "User: anonymous is not authorized to perform: s3:ListAllMyBuckets because no resource-based policy allows the s3:ListAllMyBuckets action"
    );
}
