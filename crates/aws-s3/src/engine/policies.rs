//! Bucket policies, as far as the bucket itself has to understand them, and the block on public ones.

use model::{Fault, Internal};
use serde::{Deserialize, Serialize};
use serde_json::Value;

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

/// Fails on what cannot be the policy of this bucket.
pub fn check_policy(policy: &str, bucket: &str) -> Result<(), Fault> {
    let invalid = |message: &str| faults::malformed_policy(message);
    let policy: Value = serde_json::from_str(policy)
        .map_err(|_| invalid("Policies must be valid JSON and the first byte must be '{'"))?;
    if !policy.is_object() {
        return Err(invalid("Policies must be valid JSON and the first byte must be '{'"));
    }
    if !matches!(policy["Version"].as_str(), Some("2012-10-17" | "2008-10-17"))
        && !policy["Version"].is_null()
    {
        return Err(invalid("The policy must contain a valid version string"));
    }
    let statements = each(&policy["Statement"]);
    if policy["Statement"].is_null() || statements.is_empty() {
        return Err(invalid("Missing required field Statement"));
    }
    statements.into_iter().try_for_each(|statement| check_statement(statement, bucket))
}

fn check_statement(statement: &Value, bucket: &str) -> Result<(), Fault> {
    let missing = |field: &str| Err(faults::malformed_policy(format!("Missing required field {field}")));
    if !matches!(statement["Effect"].as_str(), Some("Allow" | "Deny")) {
        return missing("Effect");
    }
    if statement["Principal"].is_null() && statement["NotPrincipal"].is_null() {
        return missing("Principal");
    }
    if statement["Action"].is_null() && statement["NotAction"].is_null() {
        return missing("Action");
    }
    if statement["Resource"].is_null() && statement["NotResource"].is_null() {
        return missing("Resource");
    }
    let actions = each(&statement["Action"]).into_iter().chain(each(&statement["NotAction"]));
    let foreign = |action: &Value| {
        action.as_str().is_none_or(|action| action != "*" && !action.to_ascii_lowercase().starts_with("s3:"))
    };
    if actions.filter(|action| !action.is_null()).any(foreign) {
        return Err(faults::malformed_policy("Policy has invalid action"));
    }
    let own = format!("arn:aws:s3:::{bucket}");
    let resources = each(&statement["Resource"]).into_iter().chain(each(&statement["NotResource"]));
    let elsewhere = |resource: &Value| {
        resource.as_str().is_none_or(|resource| {
            resource != own
                && !resource.starts_with(&format!("{own}/"))
                && !resource.starts_with(&format!("{own}*"))
        })
    };
    if resources.filter(|resource| !resource.is_null()).any(elsewhere) {
        return Err(faults::malformed_policy("Policy has invalid resource"));
    }
    Ok(())
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
            (r#"{"AWS":["1","*"]}"#, "{}", true),
            (r#"{"AWS":"arn:aws:iam::1:root"}"#, "{}", false),
            (r#"{"Service":"logs.amazonaws.com"}"#, "{}", false),
            (r#""*""#, r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#, false),
            (r#""*""#, r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, false),
            (r#""*""#, r#"{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#, true),
            (r#""*""#, r#"{"StringEquals":{"s3:prefix":"a"}}"#, true),
        ] {
            let policy = policy(principal, condition);
            assert_eq!(is_public(&policy), public, "{policy}");
            assert!(check_policy(&policy, "b").is_ok());
            assert_eq!(check_policy(&policy, "c").unwrap_err().message, "Policy has invalid resource");
        }
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"Statement":[]}"#,
            r#"{"Statement":{"Effect":"Maybe"}}"#,
            r#"{"Statement":1}"#,
        ] {
            assert_eq!(check_policy(text, "b").unwrap_err().code, "MalformedPolicy", "{text}");
        }
    }
}
