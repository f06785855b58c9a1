//! `SimulateCustomPolicy`: what somebody with the given policies could do.

use async_trait::async_trait;
use model::{Arn, Failure, Permission};
use service::{Call, Operation};

use crate::checks::Checks;
use crate::simulations::{Answers, Questions, entity};
use crate::{Roles, faults};

pub struct SimulateCustomPolicy;

#[async_trait]
impl Operation for SimulateCustomPolicy {
    type Face = Roles;
    type Input = Questions;
    type Output = Answers;

    const NAME: &'static str = "SimulateCustomPolicy";

    async fn permissions(_: &Roles, _: &Call, input: &Questions) -> Result<Vec<Permission>, Failure> {
        input.check(input.check_policies(Checks::new()), Self::NAME)?;
        Ok(vec![Permission::new("iam:SimulateCustomPolicy", "*")])
    }

    async fn run(face: &Roles, call: &Call, input: Questions) -> Result<Answers, Failure> {
        let policies = input.written()?;
        let asking = match input.caller_arn() {
            Some(arn) => entity(arn)?,
            None if input.has_resource_policy() => return Err(faults::caller_needed().into()),
            None => Arn::new("iam", "", call.caller.account.as_str(), "role/simulation"),
        };
        let caller = face.session_of(&asking).await?;
        Ok(input.ask(call, &caller, &[], &policies)?)
    }
}
