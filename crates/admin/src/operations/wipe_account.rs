//! `WipeAccount`: forgets all that is kept for the account, for test suites that begin anew.

use async_trait::async_trait;
use model::{Failure, Permission};
use serde::Deserialize;
use service::{Call, Operation};

use crate::admin::Admin;
use crate::faults;

pub struct WipeAccount;

#[derive(Deserialize)]
pub struct Input {}

#[async_trait]
impl Operation for WipeAccount {
    type Face = Admin;
    type Input = Input;
    type Output = ();

    const NAME: &'static str = "WipeAccount";

    async fn permissions(_: &Admin, _: &Call, _: &Input) -> Result<Vec<Permission>, Failure> {
        Ok(vec![Permission::new("dayfly:WipeAccount", "*")])
    }

    async fn run(admin: &Admin, call: &Call, _: Input) -> Result<(), Failure> {
        if !admin.about.is_dev {
            return Err(faults::wiping_is_for_development().into());
        }
        for part in admin.wipes.iter() {
            part.wipe(&call.caller.account).await?;
        }
        Ok(())
    }
}
