//! `SimulatePrincipalPolicy`: what a role may do, and what it could with further policies.

use async_trait::async_trait;
use model::{Failure, Permission};
use service::{Call, Operation};

use crate::checks::Checks;
use crate::simulations::{Answers, Questions, entity};
use crate::{Roles, faults, limits};

pub struct SimulatePrincipalPolicy;

#[async_trait]
impl Operation for SimulatePrincipalPolicy {
    type Face = Roles;
    type Input = Questions;
    type Output = Answers;

    const NAME: &'static str = "SimulatePrincipalPolicy";

    async fn permissions(_: &Roles, _: &Call, input: &Questions) -> Result<Vec<Permission>, Failure> {
        let source = &input.policy_source_arn;
        input.check(Checks::new().required("policySourceArn", source, limits::ARN), Self::NAME)?;
        Ok(vec![Permission::new("iam:SimulatePrincipalPolicy", &**source)])
    }

    async fn run(face: &Roles, call: &Call, input: Questions) -> Result<Answers, Failure> {
        let source = entity(&input.policy_source_arn)?;
        let own = source.account == call.caller.account.as_str();
        let found = if own { face.iam.policies_of(&source).await? } else { None };
        let name = source.resource.rsplit('/').next().unwrap_or_default();
        let (role, mut policies) = found.ok_or_else(|| faults::no_such_role(name))?;
        policies.extend(input.written()?);
        let asking = input.caller_arn().map_or(Ok(source), entity)?;
        let caller = face.session_of(&asking).await?;
        Ok(input.ask(call, &caller, &role.tags, &policies)?)
    }
}
