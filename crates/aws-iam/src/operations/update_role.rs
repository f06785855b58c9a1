//! `UpdateRole`: the description and the longest session of a role.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use service::{Call, Operation};

use crate::checks::{Checks, Member, refuse_unbuilt};
use crate::{Roles, limits};

pub struct UpdateRole;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
    description: Option<String>,
    max_session_duration: Option<u32>,
    max_signin_session_duration: Option<IgnoredAny>,
    reset_max_signin_session_duration: Option<IgnoredAny>,
}

/// Nothing, but AWS wraps it.
#[derive(Serialize)]
pub struct Output {}

#[async_trait]
impl Operation for UpdateRole {
    type Face = Roles;
    type Input = Input;
    type Output = Output;

    const NAME: &'static str = "UpdateRole";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let unbuilt = [
            ("MaxSigninSessionDuration", input.max_signin_session_duration.is_some()),
            ("ResetMaxSigninSessionDuration", input.reset_max_signin_session_duration.is_some()),
        ];
        refuse_unbuilt(Self::NAME, &unbuilt)?;
        Checks::new()
            .role_name(&input.role_name)
            .text("description", input.description.as_deref(), limits::DESCRIPTION)
            .number(
                "maxSessionDuration",
                input.max_session_duration.map(i64::from),
                limits::MAX_SESSION_SECONDS,
            )
            .done()?;
        Ok(vec![face.on_role(call, &input.role_name, "iam:UpdateRole").await?])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<Output, Failure> {
        face.change(call, &input.role_name, |role| {
            if let Some(description) = &input.description {
                role.description = Some(description.clone()).filter(|text| !text.is_empty());
            }
            role.max_session_seconds = input.max_session_duration.unwrap_or(role.max_session_seconds);
            Ok(())
        })
        .await?;
        Ok(Output {})
    }
}
