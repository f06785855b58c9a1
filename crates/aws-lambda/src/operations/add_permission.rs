//! `AddPermission`: one more statement in a function's resource policy.

use async_trait::async_trait;
use iam::{Kind, Policy};
use model::{AccountId, Arn, Failure, Fault, Permission};
use registry::{Function, Statement};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Call, Operation, Route};
use uuid::Uuid;

use crate::constraints::{Constraints, is_of};
use crate::names::{LATEST, Named};
use crate::{Lambda, engine, faults, limits, urls};

pub const ROUTE: Route = Route::new("POST", "/2015-03-31/functions/{FunctionName}/policy", 201)
    .query(&[("Qualifier", "Qualifier")]);

pub struct AddPermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    function_name: String,
    qualifier: Option<String>,
    statement_id: Option<String>,
    action: Option<String>,
    principal: Option<String>,
    source_arn: Option<String>,
    source_account: Option<String>,
    event_source_token: Option<String>,
    #[serde(rename = "PrincipalOrgID")]
    principal_org_id: Option<String>,
    revision_id: Option<String>,
    function_url_auth_type: Option<String>,
    invoked_via_function_url: Option<bool>,
}

#[async_trait]
impl Operation for AddPermission {
    type Face = Lambda;
    type Input = Input;
    type Output = Value;

    const NAME: &'static str = "AddPermission";

    async fn permissions(face: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let named = input.check(call)?;
        let permission = face.on_function(&named, "lambda:AddPermission").await?;
        let principal = input.principal.as_deref().unwrap_or_default();
        let permission = permission.with_context("lambda:Principal", principal);
        Ok(vec![match &input.function_url_auth_type {
            Some(auth) => permission.with_context("lambda:FunctionUrlAuthType", auth.as_str()),
            None => permission,
        }])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Value, Failure> {
        let named = input.check(call)?;
        face.existing(&named).await?;
        let revision = input.revision_id.clone();
        let statement = input.statement();
        let arn = engine::policed_arn(&named);
        if !is_principal(&statement.principal) || !is_readable(&statement, &arn) {
            let message = "The provided principal was invalid. Please check the principal and try again.";
            return Err(faults::invalid_parameter(message).into());
        }
        let add = |function: &Function| added(function, &named, &statement, revision.as_deref());
        face.engine.change(&named.key, add).await?;
        let shown = engine::statement(&statement, &arn);
        Ok(json!({ "Statement": shown.to_string() }))
    }
}

impl Input {
    /// Whom it is about; fails when anything is malformed or asks for what is not built.
    fn check(&self, call: &Call) -> Result<Named, Fault> {
        let mut constraints = Constraints::default();
        let (id, action, principal) =
            (self.statement_id.as_deref(), self.action.as_deref(), self.principal.as_deref());
        constraints.present("statementId", id.as_ref());
        constraints.length("statementId", id, limits::STATEMENT_ID_CHARS);
        constraints.pattern("statementId", id, "([a-zA-Z0-9-_]+)", |id| is_of(id, "-_"));
        constraints.present("action", action.as_ref());
        constraints.length("action", action, limits::ACTION_CHARS);
        constraints.pattern("action", action, "(lambda:[*]|lambda:[a-zA-Z]+|[*])", is_action);
        constraints.present("principal", principal.as_ref());
        constraints.length("principal", principal, limits::PRINCIPAL_CHARS);
        constraints.pattern("principal", principal, r"[^\s]+", |text| {
            !text.is_empty() && !text.contains(char::is_whitespace)
        });
        let source = self.source_arn.as_deref();
        constraints.pattern("sourceArn", source, "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:(.*)", |arn| {
            arn.parse::<Arn>().is_ok()
        });
        let account = self.source_account.as_deref();
        constraints.pattern("sourceAccount", account, r"\d{12}", |id| id.parse::<AccountId>().is_ok());
        let token = self.event_source_token.as_deref();
        constraints.length("eventSourceToken", token, limits::EVENT_SOURCE_TOKEN_CHARS);
        constraints.pattern("eventSourceToken", token, r"[a-zA-Z0-9._\-]+", |text| is_of(text, "._-"));
        let organisation = self.principal_org_id.as_deref();
        constraints.pattern("principalOrgID", organisation, "o-[a-z0-9]{10,32}", is_organisation);
        let auth = self.function_url_auth_type.as_deref();
        constraints.one_of("functionUrlAuthType", auth, &urls::AUTH_TYPES);
        constraints.end()?;
        if self.function_url_auth_type.is_some() && action != Some("lambda:InvokeFunctionUrl") {
            let message = "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action";
            return Err(faults::invalid_parameter(message));
        }
        if self.invoked_via_function_url.is_some() && action != Some("lambda:InvokeFunction") {
            let message = "InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action";
            return Err(faults::invalid_parameter(message));
        }
        let named = Named::read(call, &self.function_name, self.qualifier.as_deref())?;
        if named.qualifier.as_deref() == Some(LATEST) {
            let message = "We currently do not support adding policies for $LATEST.";
            return Err(faults::invalid_parameter(message));
        }
        Ok(named)
    }

    fn statement(self) -> Statement {
        Statement {
            id: self.statement_id.unwrap_or_default(),
            action: self.action.unwrap_or_default(),
            principal: self.principal.unwrap_or_default(),
            source_arn: self.source_arn,
            source_account: self.source_account,
            principal_org_id: self.principal_org_id,
            event_source_token: self.event_source_token,
            url_auth: self.function_url_auth_type.as_deref().map(urls::auth_of),
            via_url: self.invoked_via_function_url,
        }
    }
}

fn added(
    function: &Function,
    named: &Named,
    statement: &Statement,
    revision: Option<&str>,
) -> Result<Function, Fault> {
    let mut after = function.clone();
    let policy = after.policies.of_mut(named.policed());
    if revision.is_some_and(|revision| revision != policy.revision_id) {
        return Err(faults::revision_differs("GetPolicy"));
    }
    if policy.statements.iter().any(|known| known.id == statement.id) {
        return Err(faults::statement_exists(&statement.id));
    }
    policy.statements.push(statement.clone());
    policy.revision_id = Uuid::new_v4().to_string();
    let bytes = engine::document(&after, named).map_or(0, |document| document.len());
    if bytes > limits::POLICY_BYTES {
        return Err(faults::policy_too_long(bytes));
    }
    Ok(after)
}

fn is_action(text: &str) -> bool {
    let of_lambda =
        |name: &str| name == "*" || !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    text == "*" || text.strip_prefix("lambda:").is_some_and(of_lambda)
}

/// An id of an organisation, as in `o-a1b2c3d4e5`.
pub fn is_organisation(text: &str) -> bool {
    let id = text.strip_prefix("o-").unwrap_or_default();
    (10..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// Everybody, an account, an IAM or STS principal, or a service.
fn is_principal(text: &str) -> bool {
    if let Ok(arn) = text.parse::<Arn>() {
        return matches!(arn.service.as_str(), "iam" | "sts") && arn.account.parse::<AccountId>().is_ok();
    }
    let is_service = text.contains(".amazon") && is_of(text, ".-");
    text == "*" || text.parse::<AccountId>().is_ok() || is_service
}

/// What the decision engine could not read would deny everybody everything.
fn is_readable(statement: &Statement, function: &Arn) -> bool {
    let alone = json!({ "Version": "2012-10-17", "Statement": engine::statement(statement, function) });
    Policy::read(&alone.to_string(), Kind::Resource).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_and_actions_are_told_apart_from_other_texts() {
        for text in [
            "*",
            "123456789012",
            "s3.amazonaws.com",
            "alexa-appkit.amazon.com",
            "arn:aws:iam::123456789012:role/r",
        ] {
            assert!(is_principal(text), "{text}");
        }
        for text in ["", "bob", "12345", "arn:aws:s3:::b", "s3.example.com"] {
            assert!(!is_principal(text), "{text}");
        }
        for (text, valid) in [
            ("*", true),
            ("lambda:*", true),
            ("lambda:InvokeFunction", true),
            ("lambda:", false),
            ("s3:Get", false),
        ] {
            assert_eq!(is_action(text), valid, "{text}");
        }
    }
}
