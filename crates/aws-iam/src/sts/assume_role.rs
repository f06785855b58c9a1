//! `AssumeRole`: a session of a role, for who may have it.

use async_trait::async_trait;
use iam::{Assumed, Assumption, Kind, RequestContext};
use model::{Arn, Caller, Failure, Fault, Identity, Permission};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::checks::{Checks, Member, is_name, refuse_unbuilt};
use crate::{Sessions, documents, faults, limits};

pub struct AssumeRole;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_arn: Member,
    role_session_name: Member,
    policy: Option<String>,
    duration_seconds: Option<i64>,
    external_id: Option<String>,
    policy_arns: Option<IgnoredAny>,
    tags: Option<IgnoredAny>,
    transitive_tag_keys: Option<IgnoredAny>,
    serial_number: Option<IgnoredAny>,
    token_code: Option<IgnoredAny>,
    source_identity: Option<IgnoredAny>,
    provided_contexts: Option<IgnoredAny>,
    minimum_session_token_size: Option<IgnoredAny>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    credentials: CredentialsShape,
    assumed_role_user: AssumedRoleUser,
    /// In percent of what is allowed.
    packed_policy_size: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialsShape {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumedRoleUser {
    assumed_role_id: String,
    arn: String,
}

#[async_trait]
impl Operation for AssumeRole {
    type Face = Sessions;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "AssumeRole";

    /// AWS: the trust policy has to allow it whatever the caller's own policies say, so it is decided as a whole in `run`.
    async fn permissions(_: &Sessions, _: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        input.check()?;
        Ok(Vec::new())
    }

    async fn run(face: &Sessions, call: &Call, input: Input) -> Result<Output, Failure> {
        let role: Arn = input.role_arn.parse().map_err(|_| faults::validation("Request ARN is invalid"))?;
        let seconds = seconds(&call.caller, input.duration_seconds)?;
        let packed_policy_size = input.policy.as_deref().map(packed).transpose()?;
        let named = ("sts:RoleSessionName".to_owned(), input.role_session_name.to_string());
        let external = input.external_id.map(|id| ("sts:ExternalId".to_owned(), id));
        let assumption = Assumption {
            role: &role,
            session_name: &input.role_session_name,
            seconds,
            policy: input.policy,
            context: [named].into_iter().chain(external).collect(),
        };
        match face.iam.assume_role(&call.caller, assumption, &request_of(call)).await? {
            Assumed::Yes { credentials, caller } => {
                let credentials = CredentialsShape {
                    access_key_id: credentials.access_key_id,
                    secret_access_key: credentials.secret_access_key,
                    session_token: credentials.session_token,
                    expiration: credentials.expires.iso8601_seconds(),
                };
                Ok(Output {
                    credentials,
                    assumed_role_user: AssumedRoleUser::new(&caller),
                    packed_policy_size,
                })
            }
            Assumed::Denied => Err(denied(&call.caller, &role).into()),
            Assumed::TooLong => {
                let message =
                    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
                Err(faults::validation(message).into())
            }
        }
    }
}

impl Input {
    fn check(&self) -> Result<(), Fault> {
        let unbuilt = [
            ("PolicyArns", self.policy_arns.is_some()),
            ("Tags", self.tags.is_some()),
            ("TransitiveTagKeys", self.transitive_tag_keys.is_some()),
            ("SerialNumber", self.serial_number.is_some()),
            ("TokenCode", self.token_code.is_some()),
            ("SourceIdentity", self.source_identity.is_some()),
            ("ProvidedContexts", self.provided_contexts.is_some()),
            ("MinimumSessionTokenSize", self.minimum_session_token_size.is_some()),
        ];
        refuse_unbuilt(AssumeRole::NAME, &unbuilt)?;
        let external_id = self.external_id.as_deref();
        Checks::new()
            .required("roleArn", &self.role_arn, limits::ARN)
            .required("roleSessionName", &self.role_session_name, limits::SESSION_NAME)
            .characters("roleSessionName", &self.role_session_name, "[\\w+=,.@-]*", is_name)
            .text("policy", self.policy.as_deref(), limits::DOCUMENT)
            .number("durationSeconds", self.duration_seconds, limits::SESSION_SECONDS)
            .text("externalId", external_id, limits::EXTERNAL_ID)
            .characters("externalId", external_id.unwrap_or_default(), "[\\w+=,.@:\\/-]*", |character| {
                is_name(character) || matches!(character, ':' | '/')
            })
            .done()
    }
}

impl AssumedRoleUser {
    fn new(caller: &Caller) -> Self {
        let assumed_role_id = match &caller.identity {
            Identity::Session { role_id, session_name, .. } => format!("{role_id}:{session_name}"),
            Identity::Root | Identity::Service { .. } | Identity::Anonymous => String::new(),
        };
        Self { assumed_role_id, arn: iam::named(caller) }
    }
}

/// The number was checked. AWS: one role on top of another lasts an hour at most.
fn seconds(caller: &Caller, asked: Option<i64>) -> Result<u32, Fault> {
    let seconds = asked.unwrap_or(limits::DEFAULT_SESSION_SECONDS);
    let is_chained = matches!(caller.identity, Identity::Session { .. });
    if is_chained && seconds > limits::CHAINED_SESSION_SECONDS {
        return Err(faults::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    u32::try_from(seconds).map_err(|_| faults::validation("The requested DurationSeconds is invalid."))
}

/// Percent of what a session's own policy may take.
fn packed(policy: &str) -> Result<usize, Fault> {
    documents::check(policy, Kind::Identity)?;
    let size = policy.chars().count();
    if size > limits::SESSION_POLICY {
        return Err(faults::packed_policy_too_large(size));
    }
    Ok((size * 100).div_ceil(limits::SESSION_POLICY))
}

fn request_of(call: &Call) -> RequestContext {
    RequestContext {
        time: call.time,
        region: call.region.clone(),
        source_ip: call.source,
        secure_transport: call.origin.starts_with("https://"),
        user_agent: call.user_agent.clone(),
    }
}

/// AWS: a role that is not there is denied in the same words.
fn denied(caller: &Caller, role: &Arn) -> Fault {
    let user = iam::named(caller);
    faults::access_denied(format!(
        "User: {user} is not authorized to perform: sts:AssumeRole on resource: {role}"
    ))
}
