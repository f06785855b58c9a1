//! Bucket policies, as far as the bucket itself has to understand them, and the block on public ones.

use iam::{InvalidPolicy, Kind, Policy};
use model::{AccountId, Fault, Internal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults;

/// The ways of opening a bucket to everybody that are closed. There are no access control lists: those are always closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessBlock {
    pub block_public_acls: bool,
    pub ignore_public_acls: bool,
    pub block_public_policy: bool,
    pub restrict_public_buckets: bool,
}

impl AccessBlock {
    /// Kept when the block was removed.
    pub const NONE: &'static str = "none";

    /// What is kept of a bucket. AWS: a new bucket has everything closed.
    pub fn of(kept: Option<String>) -> Result<Option<Self>, Internal> {
        match kept.as_deref() {
            None => Ok(Some(Self {
                block_public_acls: true,
                ignore_public_acls: true,
                block_public_policy: true,
                restrict_public_buckets: true,
            })),
            Some(Self::NONE) => Ok(None),
            Some(kept) => serde_json::from_str(kept)
                .map(Some)
                .map_err(Internal::because("reading a public access block")),
        }
    }

    pub fn kept(&self) -> Result<String, Internal> {
        serde_json::to_string(self).map_err(Internal::because("writing a public access block"))
    }
}

/// Condition keys that keep a statement from being public. AWS: "The meaning of 'public'".
const NARROWING: [&str; 15] = [
    "aws:sourceip",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:userid",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:vpcsourceip",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
];

/// One value or several, as policies spell them.
fn each(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

/// Whether a policy lets everybody in.
pub fn is_public(policy: &str) -> bool {
    let policy: Value = serde_json::from_str(policy).unwrap_or(Value::Null);
    each(&policy["Statement"]).into_iter().any(|statement| {
        let everybody =
            |principal: &Value| principal == "*" || each(&principal["AWS"]).into_iter().any(|who| who == "*");
        statement["Effect"] == "Allow"
            && (everybody(&statement["Principal"]) || !statement["NotPrincipal"].is_null())
            && !is_narrowed(&statement["Condition"])
    })
}

fn is_narrowed(condition: &Value) -> bool {
    let operators = condition.as_object().into_iter().flatten();
    operators.flat_map(|(_, keys)| keys.as_object().into_iter().flatten()).any(|(key, values)| {
        let fixed = |value: &&Value| {
            value.as_str().is_some_and(|value| !value.contains(['*', '?']) && value != "0.0.0.0/0")
        };
        NARROWING.contains(&key.to_ascii_lowercase().as_str()) && each(values).iter().all(fixed)
    })
}

/// A policy as it counts in a bucket that keeps public access restricted: a public one lets in only the owner's account
/// and parts of the platform. Source: S3 user guide, "Blocking public access to your Amazon S3 storage".
pub fn restricted(policy: String, owner: &AccountId) -> String {
    if !is_public(&policy) {
        return policy;
    }
    let mut document: Value = serde_json::from_str(&policy).unwrap_or(Value::Null);
    let statements: Vec<Value> = each(&document["Statement"]).into_iter().cloned().collect();
    let strangers = json!({
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {
            "StringNotEquals": { "aws:PrincipalAccount": owner.as_str() },
            "Bool": { "aws:PrincipalIsAWSService": "false" },
        },
    });
    document["Statement"] = statements.into_iter().chain([strangers]).collect();
    document.to_string()
}

/// Fails on what cannot be the policy of this bucket.
pub fn check_policy(policy: &str, bucket: &str) -> Result<(), Fault> {
    let document: Value = serde_json::from_str(policy).ok().filter(Value::is_object).ok_or_else(|| {
        faults::malformed_policy("Policies must be valid JSON and the first byte must be '{'")
    })?;
    let statements = &document["Statement"];
    if statements.is_null() || each(statements).is_empty() {
        return Err(faults::malformed_policy("Missing required field Statement"));
    }
    each(statements).into_iter().try_for_each(|statement| check_statement(statement, bucket))?;
    Policy::read(policy, Kind::Resource).map(drop).map_err(|invalid| malformed(&invalid))
}

/// S3 names a principal that cannot be one beside the sentence, not in it.
fn malformed(invalid: &InvalidPolicy) -> Fault {
    match invalid.0.strip_prefix("Invalid principal in policy: ") {
        Some(principal) => {
            faults::malformed_policy("Invalid principal in policy").member("Detail", principal.to_owned())
        }
        None => faults::malformed_policy(&invalid.0),
    }
}

fn check_statement(statement: &Value, bucket: &str) -> Result<(), Fault> {
    let missing = |field: &str| Err(faults::malformed_policy(format!("Missing required field {field}")));
    if !matches!(statement["Effect"].as_str(), Some("Allow" | "Deny")) {
        return missing("Effect");
    }
    for (field, other) in
        [("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")]
    {
        if statement[field].is_null() && statement[other].is_null() {
            return missing(field);
        }
    }
    let texts = |field: &str, other: &str| -> Vec<Option<String>> {
        let listed = each(&statement[field]).into_iter().chain(each(&statement[other]));
        let listed = listed.filter(|value| !value.is_null());
        listed.map(|value| value.as_str().map(str::to_owned)).collect()
    };
    let of_s3 = |action: &str| action == "*" || action.to_ascii_lowercase().starts_with("s3:");
    let actions = texts("Action", "NotAction");
    if !actions.iter().all(|action| action.as_deref().is_some_and(of_s3)) {
        return Err(faults::malformed_policy("Policy has invalid action"));
    }
    let own = format!("arn:aws:s3:::{bucket}");
    let is_here = |resource: &str| {
        resource.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '*']))
    };
    let resources = texts("Resource", "NotResource");
    if !resources.iter().all(|resource| resource.as_deref().is_some_and(is_here)) {
        return Err(faults::malformed_policy("Policy has invalid resource"));
    }
    let resources: Vec<&str> = resources.iter().flatten().map(String::as_str).collect();
    let applies = |action: &String| resources.iter().any(|resource| could_apply(action, resource, &own));
    let says_both = !statement["Action"].is_null() && !statement["Resource"].is_null();
    if says_both && !actions.iter().flatten().all(applies) {
        return Err(faults::malformed_policy("Action does not apply to any resource(s) in statement"));
    }
    Ok(())
}

/// Whether an action may be one on a resource: on objects for those that name objects, on the bucket for those that name
/// it. Of all others nothing is said.
fn could_apply(action: &str, resource: &str, bucket: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let name = action.strip_prefix("s3:").unwrap_or(&action);
    if name.contains(['*', '?']) {
        return true;
    }
    if name.contains("bucket") {
        return resource == bucket || resource[bucket.len()..].starts_with('*');
    }
    !name.contains("object") || resource != bucket
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(principal: &str, condition: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject",
            "Resource":"arn:aws:s3:::b/*","Condition":{condition}}}]}}"#
        )
    }

    #[test]
    fn public_is_who_lets_everybody_in() {
        for (principal, condition, public) in [
            (r#""*""#, "{}", true),
            (r#"{"AWS":"*"}"#, "{}", true),
            (r#"{"AWS":["111111111111","*"]}"#, "{}", true),
            (r#"{"AWS":"arn:aws:iam::111111111111:root"}"#, "{}", false),
            (r#"{"Service":"logs.amazonaws.com"}"#, "{}", false),
            (r#""*""#, r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#, false),
            (r#""*""#, r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, false),
            (r#""*""#, r#"{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#, true),
            (r#""*""#, r#"{"StringEquals":{"s3:prefix":"a"}}"#, true),
        ] {
            let policy = policy(principal, condition);
            assert_eq!(is_public(&policy), public, "{policy}");
            assert_eq!(check_policy(&policy, "b").map_err(|fault| fault.message), Ok(()), "{policy}");
            assert_eq!(check_policy(&policy, "c").unwrap_err().message, "Policy has invalid resource");
        }
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        let json = "Policies must be valid JSON and the first byte must be '{'";
        for (text, expected) in [
            ("", json),
            ("[]", json),
            ("{}", "Missing required field Statement"),
            (r#"{"Statement":[]}"#, "Missing required field Statement"),
            (r#"{"Statement":{"Effect":"Maybe"}}"#, "Missing required field Effect"),
            (r#"{"Statement":1}"#, "Missing required field Effect"),
            (r#"{"Statement":{"Effect":"Allow"}}"#, "Missing required field Principal"),
        ] {
            let told = check_policy(text, "b").unwrap_err();
            assert_eq!((&*told.code, &*told.message), ("MalformedPolicy", expected), "{text}");
        }
    }

    fn told(statement: &str) -> String {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{statement}}}}}"#);
        check_policy(&text, "b").map_or_else(|fault| fault.message, |()| "fine".to_owned())
    }

    #[test]
    fn statements_have_to_be_about_this_bucket_and_readable() {
        let everybody = r#""Principal":"*""#;
        let (bucket, objects) = (r#""Resource":"arn:aws:s3:::b""#, r#""Resource":"arn:aws:s3:::b/*""#);
        let no_use = "Action does not apply to any resource(s) in statement";
        for (principal, action, resource, expected) in [
            (everybody, "s3:GetObject", objects, "fine"),
            (everybody, "s3:ListBucket", bucket, "fine"),
            (everybody, "s3:*", bucket, "fine"),
            (everybody, "s3:GetObject", r#""Resource":"arn:aws:s3:::b*""#, "fine"),
            (everybody, "s3:GetObject", bucket, no_use),
            (everybody, "s3:ListBucket", objects, no_use),
            (everybody, "s3:GetObject", r#""NotResource":"arn:aws:s3:::b""#, "fine"),
            (everybody, "ec2:Run", bucket, "Policy has invalid action"),
            (everybody, "s3:GetObject", r#""Resource":"arn:aws:s3:::bc/*""#, "Policy has invalid resource"),
            (everybody, "s3:GetObject", r#""Resource":"*""#, "Policy has invalid resource"),
            (r#""Principal":{"AWS":"bob"}"#, "s3:GetObject", objects, "Invalid principal in policy"),
            (r#""Principal":"bob""#, "s3:GetObject", objects, "Invalid principal in policy"),
            (
                r#""Principal":"*","Condition":{"StringMatches":{"s3:prefix":"a"}}"#,
                "s3:GetObject",
                objects,
                "Syntax errors in policy.",
            ),
            (r#""Principal":"*","More":1"#, "s3:GetObject", objects, "Syntax errors in policy."),
        ] {
            let statement = format!(r#"{principal},"Action":"{action}",{resource}"#);
            assert_eq!(told(&statement), expected, "{statement}");
        }
    }

    #[test]
    fn a_restricted_policy_ends_with_a_denial_of_strangers() {
        let owner = AccountId::default_account();
        let open = policy(r#""*""#, "{}");
        let text = restricted(open, &owner);
        assert!(
            text.contains("aws:PrincipalIsAWSService") && Policy::read(&text, Kind::Resource).is_ok(),
            "{text}"
        );
        let narrow = policy(r#"{"AWS":"111111111111"}"#, "{}");
        assert_eq!(restricted(narrow.clone(), &owner), narrow);
    }
}
