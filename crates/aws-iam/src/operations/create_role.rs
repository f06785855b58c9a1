//! `CreateRole`: a role is made, without any policy but who may assume it.

use async_trait::async_trait;
use iam::{Created, Role};
use model::{Failure, Fault, Permission, Time};
use serde::Deserialize;
use serde::de::IgnoredAny;
use service::{Call, Operation};

use crate::access::role_arn;
use crate::checks::{Checks, Member, refuse_unbuilt};
use crate::shapes::{OneRole, RoleShape};
use crate::tags::{self, TagInput};
use crate::{Roles, documents, faults, limits};

pub struct CreateRole;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    path: Option<String>,
    role_name: Member,
    assume_role_policy_document: Member,
    description: Option<String>,
    max_session_duration: Option<i64>,
    tags: Vec<TagInput>,
    permissions_boundary: Option<IgnoredAny>,
    max_signin_session_duration: Option<IgnoredAny>,
}

#[async_trait]
impl Operation for CreateRole {
    type Face = Roles;
    type Input = Input;
    type Output = OneRole;

    const NAME: &'static str = "CreateRole";

    async fn permissions(_: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        input.check()?;
        let arn = role_arn(&call.caller, input.path(), &input.role_name);
        let create = tags::requested(Permission::new("iam:CreateRole", &*arn), &input.tags);
        if input.tags.is_empty() {
            return Ok(vec![create]);
        }
        Ok(vec![create, tags::requested(Permission::new("iam:TagRole", arn), &input.tags)])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<OneRole, Failure> {
        let role = role(call, input, face.clock.now())?;
        match face.iam.create_role(&role).await? {
            Created::Yes => Ok(OneRole { role: RoleShape::new(role) }),
            Created::Exists => Err(faults::role_exists(&role.name).into()),
            Created::TooMany => {
                let most = iam::limits::ROLES;
                Err(faults::limit_exceeded(format!("Cannot exceed quota for RolesPerAccount: {most}")).into())
            }
        }
    }
}

impl Input {
    fn path(&self) -> &str {
        self.path.as_deref().unwrap_or("/")
    }

    fn check(&self) -> Result<(), Fault> {
        let unbuilt = [
            ("PermissionsBoundary", self.permissions_boundary.is_some()),
            ("MaxSigninSessionDuration", self.max_signin_session_duration.is_some()),
        ];
        refuse_unbuilt(CreateRole::NAME, &unbuilt)?;
        Checks::new()
            .role_name(&self.role_name)
            .path("path", self.path.as_deref(), false)
            .required("assumeRolePolicyDocument", &self.assume_role_policy_document, limits::DOCUMENT)
            .text("description", self.description.as_deref(), limits::DESCRIPTION)
            .number("maxSessionDuration", self.max_session_duration, limits::MAX_SESSION_SECONDS)
            .tags(&self.tags)
            .done()
    }
}

fn role(call: &Call, input: Input, now: Time) -> Result<Role, Failure> {
    documents::check_trust(&input.assume_role_policy_document)?;
    let mut role = Role {
        account: call.caller.account.clone(),
        name: input.role_name.to_string(),
        path: input.path().to_owned(),
        id: iam::role_id()?,
        created: now,
        description: input.description,
        max_session_seconds: seconds(input.max_session_duration),
        trust: input.assume_role_policy_document.to_string(),
        tags: Vec::new(),
        inline: Default::default(),
        attached: Default::default(),
    };
    tags::give(&mut role, &input.tags)?;
    Ok(role)
}

/// The number was checked.
fn seconds(max_session_duration: Option<i64>) -> u32 {
    max_session_duration
        .and_then(|seconds| u32::try_from(seconds).ok())
        .unwrap_or(limits::DEFAULT_MAX_SESSION_SECONDS)
}
