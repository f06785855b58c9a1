//! A resource policy of a function, as the JSON that AWS shows of it.

use model::Arn;
use registry::{Function, Statement, UrlAuth};
use serde_json::{Map, Value, json};

use crate::names::Named;

/// The whole policy of the function, version or alias that is named; `None` when there are no statements.
pub fn document(function: &Function, named: &Named) -> Option<String> {
    let policy = function.policies.of(named.policed()).filter(|policy| !policy.statements.is_empty())?;
    let arn = policed_arn(named);
    let statements: Vec<_> = policy.statements.iter().map(|one| statement(one, &arn)).collect();
    Some(json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements }).to_string())
}

/// What the statements of a policy are about.
pub fn policed_arn(named: &Named) -> Arn {
    if named.is_latest() { named.key.arn() } else { named.arn() }
}

/// One statement of the policy of the function, version or alias with this ARN.
pub fn statement(statement: &Statement, resource: &Arn) -> Value {
    let mut shown = json!({
        "Sid": statement.id,
        "Effect": "Allow",
        "Principal": principal(&statement.principal),
        "Action": statement.action,
        "Resource": resource,
    });
    let condition = condition(statement);
    if !condition.is_empty() {
        shown["Condition"] = Value::Object(condition);
    }
    shown
}

fn principal(principal: &str) -> Value {
    if principal == "*" {
        json!("*")
    } else if principal.bytes().all(|byte| byte.is_ascii_digit()) {
        json!({ "AWS": format!("arn:aws:iam::{principal}:root") })
    } else if principal.starts_with("arn:") {
        json!({ "AWS": principal })
    } else {
        json!({ "Service": principal })
    }
}

fn condition(statement: &Statement) -> Map<String, Value> {
    let mut condition = Map::new();
    if let Some(arn) = &statement.source_arn {
        condition.insert("ArnLike".to_owned(), json!({ "AWS:SourceArn": arn }));
    }
    if let Some(via_url) = statement.via_url {
        let via_url = json!({ "lambda:InvokedViaFunctionUrl": via_url.to_string() });
        condition.insert("Bool".to_owned(), via_url);
    }
    let equals = [
        ("AWS:SourceAccount", statement.source_account.as_deref()),
        ("aws:PrincipalOrgID", statement.principal_org_id.as_deref()),
        ("lambda:EventSourceToken", statement.event_source_token.as_deref()),
        ("lambda:FunctionUrlAuthType", statement.url_auth.map(UrlAuth::name)),
    ];
    let equals: Map<_, _> =
        equals.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?)))).collect();
    if !equals.is_empty() {
        condition.insert("StringEquals".to_owned(), Value::Object(equals));
    }
    condition
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(principal: &str, source_arn: Option<&str>, source_account: Option<&str>) -> String {
        let one = Statement {
            id: "s".to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            principal: principal.to_owned(),
            source_arn: source_arn.map(str::to_owned),
            source_account: source_account.map(str::to_owned),
            ..Statement::default()
        };
        let text = statement(&one, &Arn::new("lambda", "r", "1", "function:f")).to_string();
        let start = r#"{"Sid":"s","Effect":"Allow","Principal":"#;
        let rest = text.strip_prefix(start).unwrap();
        rest.replace(r#""Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:r:1:function:f""#, "…")
    }

    #[test]
    fn statements_are_shown_as_aws_shows_them() {
        assert_eq!(shown("*", None, None), r#""*",…}"#);
        assert_eq!(shown("123456789012", None, None), r#"{"AWS":"arn:aws:iam::123456789012:root"},…}"#);
        assert_eq!(
            shown("s3.amazonaws.com", Some("arn:aws:s3:::b"), Some("123456789012")),
            r#"{"Service":"s3.amazonaws.com"},…,"Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"},"StringEquals":{"AWS:SourceAccount":"123456789012"}}}"#
        );
    }
}
