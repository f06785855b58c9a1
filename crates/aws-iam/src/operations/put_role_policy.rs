//! `PutRolePolicy`: a policy that is a role's own.

use async_trait::async_trait;
use iam::Kind;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::checks::{Checks, Member};
use crate::{Roles, documents, faults, limits};

pub struct PutRolePolicy;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    role_name: Member,
    policy_name: Member,
    policy_document: Member,
}

#[async_trait]
impl Operation for PutRolePolicy {
    type Face = Roles;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "PutRolePolicy";

    async fn permissions(face: &Roles, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        Checks::new()
            .role_name(&input.role_name)
            .policy_name(&input.policy_name)
            .required("policyDocument", &input.policy_document, limits::DOCUMENT)
            .done()?;
        Ok(vec![face.on_role(call, &input.role_name, "iam:PutRolePolicy").await?])
    }

    async fn run(face: &Roles, call: &Call, input: Input) -> Result<(), Failure> {
        documents::check(&input.policy_document, Kind::Identity)?;
        face.change(call, &input.role_name, |role| {
            role.inline.insert(input.policy_name.to_string(), input.policy_document.to_string());
            let size: usize = role.inline.values().map(|document| documents::size(document)).sum();
            if size > limits::INLINE_POLICIES {
                let (most, name) = (limits::INLINE_POLICIES, &role.name);
                let message = format!("Maximum policy size of {most} bytes exceeded for role {name}");
                return Err(faults::limit_exceeded(message));
            }
            Ok(())
        })
        .await
    }
}
