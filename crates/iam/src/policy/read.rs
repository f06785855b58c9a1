//! From what is written to what it means: every rule that a document has to keep, with AWS's words when it does not.

use super::condition::{Condition, Effect};
use super::document::{Document, OneOrMany, Pairs, Written, WrittenPrincipal, scalar};
use super::pattern::{ArnPattern, Pattern, Syntax};
use super::principal::{self, Principals};
use super::{InvalidPolicy, Kind, Listed, Policy, Statement};

/// The version that knows policy variables.
const NEWEST: &str = "2012-10-17";
const OLDEST: &str = "2008-10-17";

fn invalid<T>(message: impl Into<String>) -> Result<T, InvalidPolicy> {
    Err(InvalidPolicy(message.into()))
}

fn syntax_error() -> InvalidPolicy {
    InvalidPolicy("Syntax errors in policy.".to_owned())
}

pub fn read(text: &str, kind: Kind) -> Result<Policy, InvalidPolicy> {
    let document: Document = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => syntax_error(),
        _ => InvalidPolicy("This policy contains invalid Json".to_owned()),
    })?;
    let has_variables = match document.version.as_deref() {
        Some(NEWEST) => true,
        Some(OLDEST) | None => false,
        Some(_) => return invalid("The policy must contain a valid version string"),
    };
    let written = document.statement.into_vec();
    if written.is_empty() {
        return Err(syntax_error());
    }
    check_sids(&written, kind)?;
    let statements = written.into_iter().map(|written| statement(written, kind, has_variables));
    Ok(Policy { statements: statements.collect::<Result<_, _>>()? })
}

fn check_sids(statements: &[Written], kind: Kind) -> Result<(), InvalidPolicy> {
    let sids: Vec<&str> = statements.iter().filter_map(|statement| statement.sid.as_deref()).collect();
    let odd = |sid: &&str| !sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if kind != Kind::Resource && sids.iter().any(odd) {
        return invalid(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
        );
    }
    let repeated = |(index, sid): (usize, &&str)| !sid.is_empty() && sids[..index].contains(sid);
    if sids.iter().enumerate().any(repeated) {
        return invalid("Statement IDs (SID) in a single policy must be unique.");
    }
    Ok(())
}

fn statement(written: Written, kind: Kind, has_variables: bool) -> Result<Statement, InvalidPolicy> {
    let effect = match written.effect.as_deref() {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err(syntax_error()),
    };
    Ok(Statement {
        effect,
        principals: principals(written.principal, written.not_principal, kind)?,
        actions: actions(written.action, written.not_action, kind)?,
        resources: resources(written.resource, written.not_resource, kind, has_variables)?,
        conditions: conditions(written.condition, has_variables)?,
    })
}

fn principals(
    principal: Option<WrittenPrincipal>,
    not_principal: Option<WrittenPrincipal>,
    kind: Kind,
) -> Result<Option<Principals>, InvalidPolicy> {
    let read = |written| {
        principal::read(written)
            .map_err(|malformed| InvalidPolicy(format!("Invalid principal in policy: {}", malformed.0)))
    };
    match (principal, not_principal) {
        (None, None) if kind == Kind::Identity => Ok(None),
        _ if kind == Kind::Identity => invalid("Policy document should not specify a principal."),
        (Some(principal), None) => Ok(Some(Principals::Named(read(principal)?))),
        (None, Some(_)) if kind == Kind::Trust => {
            invalid("AssumeRolepolicy contained disallowed principal: NotPrincipal")
        }
        (None, Some(not_principal)) => Ok(Some(Principals::AllBut(read(not_principal)?))),
        (None, None) => invalid("Missing required field Principal"),
        (Some(_), Some(_)) => Err(syntax_error()),
    }
}

/// The one of the two that is there.
fn listed<T>(
    these: Option<OneOrMany<T>>,
    not_these: Option<OneOrMany<T>>,
    missing: &str,
) -> Result<Listed<T>, InvalidPolicy> {
    let (listed, empty) = match (these, not_these) {
        (Some(these), None) => {
            let these = these.into_vec();
            let empty = these.is_empty();
            (Listed::Any(these), empty)
        }
        (None, Some(not_these)) => {
            let not_these = not_these.into_vec();
            let empty = not_these.is_empty();
            (Listed::NoneOf(not_these), empty)
        }
        (None, None) => return invalid(missing),
        (Some(_), Some(_)) => return Err(syntax_error()),
    };
    if empty { invalid(missing) } else { Ok(listed) }
}

impl<T> Listed<T> {
    fn try_map<U>(self, read: impl Fn(T) -> Result<U, InvalidPolicy>) -> Result<Listed<U>, InvalidPolicy> {
        Ok(match self {
            Self::Any(these) => Listed::Any(these.into_iter().map(read).collect::<Result<_, _>>()?),
            Self::NoneOf(these) => Listed::NoneOf(these.into_iter().map(read).collect::<Result<_, _>>()?),
        })
    }
}

fn actions(
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    kind: Kind,
) -> Result<Listed<Pattern>, InvalidPolicy> {
    listed(action, not_action, "Policy statement must contain actions.")?.try_map(|action| {
        let vendor = action.split_once(':').map(|(vendor, _)| vendor);
        if kind == Kind::Trust && !vendor.is_some_and(|vendor| vendor.eq_ignore_ascii_case("sts")) {
            return invalid("AssumeRole policy may only specify STS AssumeRole actions.");
        }
        if action != "*" && vendor.is_none_or(str::is_empty) {
            return invalid("Actions/Conditions must be prefixed by a vendor, e.g., iam, sdb, ec2, etc.");
        }
        Pattern::new(&action, Syntax::ACTION).map_err(|_| syntax_error())
    })
}

fn resources(
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
    kind: Kind,
    has_variables: bool,
) -> Result<Option<Listed<ArnPattern>>, InvalidPolicy> {
    if kind == Kind::Trust {
        return match (resource, not_resource) {
            (None, None) => Ok(None),
            _ => invalid("Has prohibited field Resource"),
        };
    }
    let syntax = Syntax { wildcards: true, variables: has_variables, folds_case: false };
    let listed = listed(resource, not_resource, "Policy statement must contain resources.")?;
    let read = |resource: String| {
        if kind == Kind::Identity && resource != "*" && !resource.starts_with("arn:") {
            return invalid(format!("Resource {resource} must be in ARN format or \"*\"."));
        }
        ArnPattern::new(&resource, syntax).map_err(|_| syntax_error())
    };
    listed.try_map(read).map(Some)
}

fn conditions(
    written: Option<Pairs<Pairs<OneOrMany<serde_json::Value>>>>,
    has_variables: bool,
) -> Result<Vec<Condition>, InvalidPolicy> {
    let mut conditions = Vec::new();
    for (operator, keys) in written.map(|pairs| pairs.0).unwrap_or_default() {
        for (key, values) in keys.0 {
            let values: Option<Vec<String>> = values.into_vec().into_iter().map(scalar).collect();
            let values = values.ok_or_else(syntax_error)?;
            let condition = Condition::new(&operator, &key, &values, has_variables);
            conditions.push(condition.map_err(|_| syntax_error())?);
        }
    }
    Ok(conditions)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str, kind: Kind) -> String {
        read(text, kind).map_or_else(|error| error.0, |_| "fine".to_owned())
    }

    fn one(statement: &str, kind: Kind) -> String {
        told(&format!(r#"{{"Version":"2012-10-17","Statement":{{{statement}}}}}"#), kind)
    }

    #[test]
    fn documents() {
        let statement = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
        for (text, expected) in [
            ("", "This policy contains invalid Json"),
            ("{", "This policy contains invalid Json"),
            ("[]", "Syntax errors in policy."),
            ("{}", "Syntax errors in policy."),
            (r#"{"Statement":[]}"#, "Syntax errors in policy."),
            (&format!(r#"{{"Statement":{statement}}}"#), "fine"),
            (&format!(r#"{{"Id":"x","Version":"2008-10-17","Statement":[{statement}]}}"#), "fine"),
            (
                &format!(r#"{{"Version":"2020-01-01","Statement":{statement}}}"#),
                "The policy must contain a valid version string",
            ),
            (&format!(r#"{{"Statement":{statement},"Statement":{statement}}}"#), "Syntax errors in policy."),
            (&format!(r#"{{"Statement":{statement},"More":1}}"#), "Syntax errors in policy."),
        ] {
            assert_eq!(told(text, Kind::Identity), expected, "{text}");
        }
    }

    #[test]
    fn statements_of_identities() {
        for (statement, expected) in [
            (r#""Effect":"Allow","Action":["s3:Get*","*"],"Resource":["arn:aws:s3:::a"]"#, "fine"),
            (r#""Sid":"A1","Effect":"Deny","NotAction":"s3:*","NotResource":"*""#, "fine"),
            (r#""Effect":"allow","Action":"s3:*","Resource":"*""#, "Syntax errors in policy."),
            (
                r#""Effect":"Deny","Effect":"Allow","Action":"s3:*","Resource":"*""#,
                "Syntax errors in policy.",
            ),
            (r#""Effect":"Allow","Resource":"*""#, "Policy statement must contain actions."),
            (r#""Effect":"Allow","Action":[],"Resource":"*""#, "Policy statement must contain actions."),
            (r#""Effect":"Allow","Action":"s3:*""#, "Policy statement must contain resources."),
            (
                r#""Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*""#,
                "Syntax errors in policy.",
            ),
            (r#""Effect":"Allow","Action":"s3:*","Resource":"*","Where":1"#, "Syntax errors in policy."),
            (
                r#""Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*""#,
                "Policy document should not specify a principal.",
            ),
            (
                r#""Effect":"Allow","Action":"GetObject","Resource":"*""#,
                "Actions/Conditions must be prefixed by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (
                r#""Effect":"Allow","Action":"s3:*","Resource":"bucket""#,
                "Resource bucket must be in ARN format or \"*\".",
            ),
            (r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${""#, "Syntax errors in policy."),
            (
                r#""Sid":"a-b","Effect":"Allow","Action":"s3:*","Resource":"*""#,
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
            ),
        ] {
            assert_eq!(one(statement, Kind::Identity), expected, "{statement}");
        }
    }

    #[test]
    fn conditions_are_checked_when_they_are_written() {
        for (condition, expected) in [
            (r#"{"StringEquals":{"aws:a":["x",1,true]}}"#, "fine"),
            ("{}", "fine"),
            (r#"{"StringIs":{"a":"x"}}"#, "Syntax errors in policy."),
            (r#"{"StringEquals":{"a":{"b":"c"}}}"#, "Syntax errors in policy."),
            (r#"{"StringEquals":{"a":[]}}"#, "Syntax errors in policy."),
            (r#"{"StringEquals":"a"}"#, "Syntax errors in policy."),
            (r#"{"StringEquals":{"a":"x"},"StringEquals":{"b":"x"}}"#, "Syntax errors in policy."),
            (r#"{"StringEquals":{"a":"x","a":"y"}}"#, "Syntax errors in policy."),
        ] {
            let statement =
                format!(r#""Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{condition}"#);
            assert_eq!(one(&statement, Kind::Identity), expected, "{condition}");
        }
    }

    #[test]
    fn trust_and_resource_policies() {
        for (statement, kind, expected) in [
            (
                r#""Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole""#,
                Kind::Trust,
                "fine",
            ),
            (
                r#""Principal":{"AWS":["000000000000","AROAX"]},"Action":["sts:AssumeRole","sts:TagSession"]"#,
                Kind::Trust,
                "fine",
            ),
            (r#""Principal":{"Federated":"x"},"Action":"sts:AssumeRoleWithSAML""#, Kind::Trust, "fine"),
            (r#""Action":"sts:AssumeRole""#, Kind::Trust, "Missing required field Principal"),
            (
                r#""Principal":"*","Action":"s3:*""#,
                Kind::Trust,
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ),
            (
                r#""Principal":"*","Action":"sts:AssumeRole","Resource":"*""#,
                Kind::Trust,
                "Has prohibited field Resource",
            ),
            (
                r#""Principal":"me","Action":"sts:AssumeRole""#,
                Kind::Trust,
                r#"Invalid principal in policy: "STRING":"me""#,
            ),
            (
                r#""Principal":{"AWS":"arn:aws:iam::1:role/*"},"Action":"sts:AssumeRole""#,
                Kind::Trust,
                r#"Invalid principal in policy: "AWS":"arn:aws:iam::1:role/*""#,
            ),
            (
                r#""Principal":{"Human":"me"},"Action":"sts:AssumeRole""#,
                Kind::Trust,
                r#"Invalid principal in policy: "Human":"me""#,
            ),
            (
                r#""Sid":"a-b_c","Principal":"*","Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f""#,
                Kind::Resource,
                "fine",
            ),
            (r#""NotPrincipal":{"AWS":"*"},"Action":"s3:*","Resource":"*""#, Kind::Resource, "fine"),
            (r#""Action":"s3:*","Resource":"*""#, Kind::Resource, "Missing required field Principal"),
        ] {
            let statement = format!(r#""Effect":"Allow",{statement}"#);
            assert_eq!(one(&statement, kind), expected, "{statement}");
        }
    }

    #[test]
    fn a_name_stands_for_one_statement() {
        let statement = r#"{"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
        let text = format!(r#"{{"Statement":[{statement},{statement}]}}"#);
        assert_eq!(told(&text, Kind::Identity), "Statement IDs (SID) in a single policy must be unique.");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,200}") {
            let _ = read(&text, Kind::Resource);
        }
    }
}
